"""Evidence to checked sentences: the generator writes, the checker decides, what fails is repaired or dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from qa.answering.check import check, check_piece, keeps_order, restates
from qa.answering.citations import Claim, claims
from qa.answering.evidence.answer_type import Kind, asked_for
from qa.answering.prompts import Prompts
from qa.protocols import Generation, Generator, Reader
from qa.settings import Settings
from qa.text.words import content_stems, overlap
from qa.types import Candidate, Message, Span, Supported, Usage

# A long answer may be worded otherwise; a sentence that lacks this share of its words says something else.
_AGREEMENT = 0.75
_SHORT = 8  # words of an answer of the reader that must stand in the sentence as they are
_WORD = re.compile(r"\w+")
_RUNNER_UP = 0.5  # share of the best candidate's probability that another needs to be shown beside it
_EXACT = 0.85  # probability from which words are given without their sentence
_CLAIMS = 2  # sentences of an answer to a question for a fact
_LONGEST = 40  # words of a sentence that can stand as an answer
# A claim that shares less than this with its best sentence is not about it.
_RELATED = 0.5


def pattern_for(passages: int) -> str:
    """Write the regular expression of an answer over so many passages.

    It is one or two sentences; a bracket can only hold the number of a passage.
    """
    marker = rf"\[(?:{'|'.join(map(str, range(1, passages + 1)))})\]\.?"
    text = r" ?[^\[\]\n ][^\[\]\n]*"
    return f"{text}(?:{marker}(?: {text}{marker})?)?"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is written of an answer so far, and how it came about.

    ``checks`` says, a line each, what became of what the generator wrote; ``dropped_passages`` did not fit into the
    prompt.
    """

    claims: tuple[Supported, ...] = ()
    checks: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    dropped_passages: int = 0

    def with_claim(self, claim: Supported) -> Draft:
        """Add a claim, but for one that is there already."""
        written = any(claim.text == c.text for c in self.claims)
        return self if written else replace(self, claims=(*self.claims, claim))

    def with_check(self, line: str) -> Draft:
        return replace(self, checks=(*self.checks, line))


class Writer:
    """Writes the answer to a question from its evidence; keeps nothing between two questions."""

    def __init__(
        self, generator: Generator, prompts: Prompts, settings: Settings, reader: Reader | None = None
    ) -> None:
        self._generator, self._prompts, self._settings, self._reader = generator, prompts, settings, reader

    def write(self, question: str, candidates: Sequence[Candidate]) -> Iterator[Draft]:
        """Yield the draft each time it has grown by a sentence that its quote supports, and when it is whole."""
        if not candidates:
            return
        if whole := in_full(question, candidates[0]):
            reason = "the sentence itself is the answer: choosing words from it would be a guess"
            yield Draft((whole,), (reason,))
            return
        messages, shown, dropped = self._prompt(question, candidates)
        generation = self._generator.generate(
            messages, max_tokens=self._settings.answer_tokens, pattern=pattern_for(len(shown))
        )
        draft = Draft(dropped_passages=dropped)
        for claim in _claims_of(generation):
            supported, reason = self._supported(claim, question, shown)
            draft = draft.with_check(f"written: “{claim.text}”: {f'dropped, {reason}' if reason else 'kept'}")
            if supported:
                draft = draft.with_claim(supported)
                yield draft
        if not draft.claims and (literal_words := literal(shown[0])):
            draft = draft.with_check("answered with the words of the evidence instead").with_claim(literal_words)
        yield replace(draft, usage=generation.usage)

    def _prompt(self, question: str, candidates: Sequence[Candidate]) -> tuple[list[Message], list[Candidate], int]:
        """Return the messages, the candidates that are in them, and how many did not fit."""
        # Weak evidence beside strong only gives a small model something to be wrong about.
        floor = _RUNNER_UP * candidates[0].probability if candidates[0].answer else 0.0
        strong = [c for c in candidates if c.probability >= floor][: self._settings.prompt_passages]
        messages, fitting = self._prompts.fit(
            question,
            [_text(c) for c in strong],
            strong[0].answer_text,
            self._generator,
            answer_tokens=self._settings.answer_tokens,
        )
        return messages, strong[:fitting], len(strong) - fitting

    def _supported(self, claim: Claim, question: str, shown: Sequence[Candidate]) -> tuple[Supported | None, str]:
        supported, reason = ground(claim, question, shown)
        if supported and not self._answers(question, supported, shown[0]):
            return None, "it does not say what the evidence says"
        return supported, reason

    def _answers(self, question: str, supported: Supported, best: Candidate) -> bool:
        # Right words can stand in a wrong relation ("the madrasas founded the movement"): a sentence that says what the
        # evidence says gives the reader the same answer as the evidence did.
        if self._reader is None or best.answer is None:
            return True
        if not restates(supported.text, best.answer_text, best.quote_text, question=question):
            return False
        if not keeps_order(supported.text, best.answer_text, best.quote_text):
            return False
        (readings,) = self._reader.read(question, [supported.text])
        again = supported.text[readings[0].start : readings[0].end] if readings else ""
        return agrees(again, best.answer_text) or agrees(best.answer_text, again)


def _claims_of(generation: Generation) -> Iterator[Claim]:
    """Yield each claim when it is complete: another has begun, or the text has ended."""
    text, done = "", 0
    for piece in generation:
        text += piece
        complete = claims(text)[:-1]
        yield from complete[done:]
        done = max(done, len(complete))
        if done >= _CLAIMS:
            # A small model that has not stopped by now goes on about something else.
            return
    yield from claims(text)[done:]


def _text(candidate: Candidate) -> str:
    return candidate.quote_text if candidate.quote else candidate.hit.text


def ground(claim: Claim, question: str, shown: Sequence[Candidate]) -> tuple[Supported | None, str]:
    """Find the quote that supports ``claim``: the one it cites, else any that was shown; or say why there is none."""
    cited = [shown[n - 1] for n in claim.markers if 1 <= n <= len(shown)]
    reasons = []
    for candidate in [*cited, *(c for c in shown if c not in cited)]:
        quote = candidate.quote or _closest(claim.text, candidate)
        if quote is None:
            reasons.append("no sentence is about it")
            continue
        verdict = check(claim.text, quote.of(candidate.hit.document.text), question=question)
        if verdict.supported and (not candidate.answer or agrees(claim.text, candidate.answer_text)):
            return Supported(claim.text, ((candidate.hit, quote),)), ""
        reasons.append(verdict.reason or f"it does not say {candidate.answer_text!r}")
    return None, reasons[0] if reasons else "nothing was shown"


def agrees(text: str, answer: str) -> bool:
    """Tell whether ``text`` says what the reader answered: a short answer as it is, a long one in most of its words."""
    written, answered = (" ".join(_WORD.findall(t.lower())) for t in (text, answer))
    if len(answered.split()) <= _SHORT:
        return f" {answered} " in f" {written} "
    return overlap(answer, text) >= _AGREEMENT


def _closest(text: str, candidate: Candidate) -> Span | None:
    document = candidate.hit.document.text
    best = max(candidate.hit.passage.sentences, key=lambda s: overlap(text, s.of(document)))
    return best if overlap(text, best.of(document)) >= _RELATED else None


def in_full(question: str, candidate: Candidate) -> Supported | None:
    """Answer with the whole sentence where choosing words from it would be a guess; None where it would not.

    That is so for yes or no, which a small model guesses, for a reason, a manner or an event, where the words may not
    be the answer or say nothing by themselves, and where the sentence is all that was found.
    """
    kind = asked_for(question)
    if (candidate.answer and candidate.answer == candidate.quote) or kind in {"yes or no", "account"}:
        return literal(candidate, whole=True)
    if len(candidate.quote_text.split()) > _LONGEST:
        return None
    if candidate.exact < _EXACT or (candidate.answer and not _tells(question, kind, candidate.answer_text)):
        return literal(candidate, whole=True)
    return None


def _tells(question: str, kind: Kind, words: str) -> bool:
    """Tell whether words say something alone: more than the question does, and no number where a thing is asked for."""
    said = content_stems(words)
    if not said or said <= content_stems(question):
        return False
    return kind in {"number", "time"} or any(not any(map(str.isdigit, stem)) for stem in said)


def literal(candidate: Candidate, *, whole: bool = False) -> Supported | None:
    """Answer with the reader's own words from the quote, or with the ``whole`` quote.

    The whole quote is given also where cutting would change what the words say.
    """
    if candidate.answer is None or candidate.quote is None:
        return None
    quote, start = candidate.quote_text, candidate.answer.start - candidate.quote.start
    words = " ".join(candidate.answer_text.split()).strip(" ,;:")
    if whole or not check_piece(words, start, quote).supported:
        words = " ".join(quote.split())
    return Supported(words[:1].upper() + words[1:], ((candidate.hit, candidate.quote),))
