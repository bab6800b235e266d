"""Evidence to checked sentences: the generator writes, the checker decides, what fails is repaired or dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa.answer_kind import asked_for
from qa.checker import check, check_piece, overlap
from qa.citations import Claim, Supported, claims
from qa.prompts import Prompts
from qa.settings import Settings
from qa.types import Candidate, Generator, Message, Span, Usage

# A sentence that lacks this share of the reader's answer says something else.
_AGREEMENT = 0.6
_RUNNER_UP = 0.5  # share of the best candidate's probability that another needs to be shown beside it
# A claim that shares less than this with its best sentence is not about it.
_RELATED = 0.5


def grammar_for(passages: int) -> str:
    """Write the GBNF grammar of an answer over so many passages: sentences that each end in an existing number."""
    numbers = " | ".join(f'"{n}"' for n in range(1, passages + 1))
    return "\n".join(
        [
            'root ::= claim (" " claim)?',
            'claim ::= text " [" number "]" "."?',
            # A full stop inside a claim is followed by more of the same word, so a claim is one sentence.
            r'text ::= [^\[\]\n.!? ] part ("." [^\[\]\n.!? ] part)*',
            r"part ::= [^\[\]\n.!?]*",
            f"number ::= {numbers}",
        ]
    )


class Writer:
    """Writes one answer; ``usage`` and ``dropped`` (passages that did not fit) tell what it took."""

    def __init__(self, generator: Generator, prompts: Prompts, settings: Settings) -> None:
        self._generator, self._prompts, self._settings = generator, prompts, settings
        self.usage = Usage()
        self.dropped = 0

    def write(self, question: str, candidates: Sequence[Candidate]) -> Iterator[Supported]:
        """Yield each sentence that its quote supports, as soon as it is written and checked."""
        if not candidates:
            return
        if asked_for(question) == "yes or no" and (whole := literal(candidates[0], whole=True)):
            # A small model's "yes" is a guess; the sentence itself says whether it is so.
            yield whole
            return
        # Weak evidence beside strong only gives a small model something to be wrong about.
        floor = _RUNNER_UP * candidates[0].probability if candidates[0].answer else 0.0
        shown = [c for c in candidates if c.probability >= floor][: self._settings.prompt_passages]
        messages, kept = self._prompts.fit(
            question, [_text(c) for c in shown], self._generator, answer_tokens=self._settings.answer_tokens
        )
        self.dropped, shown = len(shown) - kept, shown[:kept]
        accepted = False
        for claim in self._claims(messages, kept):
            supported = ground(claim, question, shown)
            if supported:
                accepted = True
                yield supported
        if not accepted and (repaired := literal(shown[0])):
            yield repaired

    def _claims(self, messages: Sequence[Message], kept: int) -> Iterator[Claim]:
        generation = self._generator.generate(
            messages, max_tokens=self._settings.answer_tokens, grammar=grammar_for(kept)
        )
        text, done = "", 0
        for piece in generation:
            text += piece
            # A claim is complete when another has begun; the last one is when the text ends.
            ready = claims(text)[:-1]
            yield from ready[done:]
            done = max(done, len(ready))
        self.usage = generation.usage
        yield from claims(text)[done:]


def _text(candidate: Candidate) -> str:
    return candidate.quote_text if candidate.quote else candidate.hit.text


def ground(claim: Claim, question: str, shown: Sequence[Candidate]) -> Supported | None:
    """Find the quote that supports ``claim``: the one it cites, else any that was shown; None if there is none."""
    cited = [shown[n - 1] for n in claim.markers if 1 <= n <= len(shown)]
    for candidate in [*cited, *(c for c in shown if c not in cited)]:
        quote = candidate.quote or _closest(claim.text, candidate)
        if quote is None or not check(claim.text, quote.of(candidate.hit.document.text), question=question).supported:
            continue
        if candidate.answer and overlap(candidate.answer_text, claim.text) < _AGREEMENT:
            continue
        return Supported(claim.text, ((candidate.hit, quote),))
    return None


def _closest(text: str, candidate: Candidate) -> Span | None:
    document = candidate.hit.document.text
    best = max(candidate.hit.passage.sentences, key=lambda s: overlap(text, s.of(document)))
    return best if overlap(text, best.of(document)) >= _RELATED else None


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
