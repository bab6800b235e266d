"""Evidence to checked sentences: the generator writes, the checker decides, what fails is repaired or dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa.answering.prompts import Prompts
from qa.answering.writing.checks.check import is_piece
from qa.answering.writing.checks.restate import faithful, speaks_to
from qa.answering.writing.checks.support import agrees, ground
from qa.answering.writing.citations import Claim, claims
from qa.answering.writing.draft import Draft, in_full, is_long, literal
from qa.answering.writing.pattern import pattern_around
from qa.protocols import Generation, Generator, Reader
from qa.settings import Settings
from qa.text.language import KNOWN
from qa.text.words import content_stems, own_case
from qa.types import Candidate, Message, Supported

_RUNNER_UP = 0.5  # share of the best candidate's probability that another needs to be shown beside it
_FORCED = 5.0  # log-odds against the model's own choice from which a word is not its own, and the sentence is none
_SURE = 0.75  # probability from which what a question takes for granted is taken for true
_CLAIMS = 2  # sentences of an answer to a question for a fact


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
        if sentence := in_full(question, candidates[0]):
            reason = "the sentence itself is the answer: choosing words from it would be a guess"
            yield Draft((sentence,), (reason,))
            return
        if candidates[0].hit.document.language != KNOWN:
            # The generator would write another language than it knows.
            words = literal(candidates[0])
            yield Draft((words,) if words else (), ("the words of the evidence are the answer",))
            return
        messages, shown, dropped = self._prompt(question, candidates)
        best = shown[0]
        draft = Draft(dropped_passages=dropped)
        # Where the model would say something else than the answer, it is asked to begin with it.
        for first in (False, True) if best.answer else (False,):
            pattern = pattern_around(best.answer_text, best.quote_text, question, len(shown), first=first)
            for grown in self._sentences(draft, question, shown, messages, pattern):
                if grown.claims and grown.claims != draft.claims:
                    yield grown
                draft = grown
            # Decoding is greedy: a sentence that begins with the answer already would come out the same again.
            if draft.claims or draft.written.lower().startswith(best.answer_text.lower()):
                break
        if not draft.claims:
            # Where the question may take something for granted, the words alone would grant it.
            whole = bool(_taken_for_granted(question, best)) and not is_long(best)
            if literal_words := literal(best, whole=whole):
                draft = draft.with_check("answered with the words of the evidence instead").with_claim(literal_words)
        yield draft

    def _sentences(
        self, draft: Draft, question: str, shown: Sequence[Candidate], messages: Sequence[Message], pattern: str
    ) -> Iterator[Draft]:
        """Generate once; yield the draft after each sentence that was judged, and with what it took."""
        generation = self._generator.generate(messages, max_tokens=self._settings.answer_tokens, pattern=pattern)
        for claim in _claims_of(generation):
            supported, reason = self._supported(claim, question, shown)
            if generation.usage.forced > _FORCED:
                supported, reason = None, "the model would have written something else"
            draft = draft.with_check(f"written: “{claim.text}”: {f'dropped, {reason}' if reason else 'kept'}")
            draft = replace(draft.with_claim(supported) if supported else draft, written=claim.text)
            yield draft
        yield replace(draft, usage=draft.usage + generation.usage)

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
        if supported and (granted := _taken_for_granted(question, shown[0]) & content_stems(claim.text)):
            return None, f"the article may not say {', '.join(sorted(granted))}, which only the question does"
        if supported and not self._answers(question, supported, shown[0]):
            return None, "it does not say what the evidence says"
        if supported:
            # The checks compare without capitals, and a small model writes "NatO".
            quotes = (span.of(hit.document.text) for hit, span in supported.quotes)
            supported = replace(supported, text=own_case(supported.text, (*quotes, question)))
        return supported, reason

    def _answers(self, question: str, supported: Supported, best: Candidate) -> bool:
        # Right words can stand in a wrong relation ("the madrasas founded the movement"): a sentence that says what the
        # evidence says gives the reader the same answer as the evidence did.
        said, language = (supported.text, best.answer_text, best.quote_text), best.hit.document.language
        if best.answer is not None and not speaks_to(supported.text, question, best.quote_text, language):
            return False
        copied = any(is_piece(supported.text, span.of(hit.document.text)) for hit, span in supported.quotes)
        if self._reader is None or best.answer is None or copied:
            return True
        if not faithful(*said, question=question, language=language):
            return False
        (readings,) = self._reader.read(question, [supported.text])
        again = supported.text[readings[0].start : readings[0].end] if readings else ""
        return agrees(again, best.answer_text, language) or agrees(best.answer_text, again, language)


def _taken_for_granted(question: str, best: Candidate) -> frozenset[str]:
    """Return the stems of the question that the quote does not have, if it is unsure whether the quote answers.

    "When did the general accept the regime?" finds when he overthrew it; a sentence that is written to the question
    would say that he accepted it.
    """
    if best.answer is None or best.probability >= _SURE:
        return frozenset()
    return content_stems(question) - content_stems(best.quote_text)


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
        if generation.usage.forced > _FORCED:
            # What it would write from here on is thrown away.
            break
    yield from claims(text)[done:]


def _text(candidate: Candidate) -> str:
    return candidate.quote_text if candidate.quote else candidate.hit.text
