"""An answer while it is being written, and the two ways of answering with the article's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from qa.answering.evidence.answer_type import Kind, asked_for
from qa.answering.writing.checks.check import check, check_piece
from qa.answering.writing.checks.doubt import in_doubt, takes_back
from qa.answering.writing.checks.support import agrees
from qa.text.language import KNOWN
from qa.text.words import capital, content_stems, length
from qa.types import Candidate, Supported, Usage

_EXACT = 0.85  # probability from which words are given without their sentence
_LONGEST = 40  # words of a sentence that can stand as an answer
_PAIRS = (('"', '"'), ("“", "”"), ("«", "»"), ("(", ")"), ("[", "]"))
_PREPOSITION = re.compile(r"\b(to|by|from|with|for|of|in|at|on)(?: (?:the|an?))? $", re.IGNORECASE)
_CLAUSE = re.compile(r";|,(?=\s(?:and|but|that|which|who|while|whereas|so)\b)")


@dataclass(frozen=True, slots=True)
class Draft:
    """What is written of an answer so far, and how it came about.

    ``checks`` says, a line each, what became of what the generator wrote; ``dropped_passages`` did not fit into the
    prompt; ``confidence`` is the probability, 0 to 1, that what is written is right. ``written`` is the last sentence
    that the generator wrote, kept or not.
    """

    claims: tuple[Supported, ...] = ()
    checks: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    dropped_passages: int = 0
    confidence: float = 0.0
    written: str = ""

    def with_claim(self, claim: Supported) -> Draft:
        """Add a claim, but for one that is there already."""
        written = any(claim.text == c.text for c in self.claims)
        return self if written else replace(self, claims=(*self.claims, claim))

    def corroborated(self, agreeing: Sequence[Candidate]) -> Draft:
        """Add the quotes of documents that give the same answer to each claim that gives it, from one of them."""
        return replace(self, claims=tuple(corroborated(claim, agreeing) for claim in self.claims))

    def with_check(self, line: str) -> Draft:
        """Add a line, but for one that is there already."""
        return self if line in self.checks else replace(self, checks=(*self.checks, line))


def corroborated(claim: Supported, agreeing: Sequence[Candidate]) -> Supported:
    """Add the quotes of documents that give the same answer, if it is the claim's and one of them is cited."""
    cited = {hit.document.source for hit, _ in claim.quotes}
    others = [c for c in agreeing if c.hit.document.source not in cited]
    if len(others) == len(agreeing) or not any(agrees(claim.text, c.answer_text) for c in agreeing):
        return claim
    return replace(claim, quotes=(*claim.quotes, *((c.hit, c.quote) for c in others if c.quote)))


def in_full(question: str, candidate: Candidate) -> Supported | None:
    """Answer with the whole sentence where choosing words from it would be a guess; None where it would not.

    That is so for yes or no, which a small model guesses, for a reason, a manner or an event, where the words may not
    be the answer or say nothing by themselves, where the sentence puts in doubt what it says or goes on with more of
    the answer, and where it is all that was found.
    """
    if candidate.hit.document.language != KNOWN:
        # The forms of questions, and what stands for doubt, are known for English.
        whole = candidate.answer == candidate.quote or candidate.exact < _EXACT
        return literal(candidate, whole=True) if whole and not is_long(candidate) else None
    kind = asked_for(question)
    if (candidate.answer and candidate.answer == candidate.quote) or kind in {"yes or no", "account"}:
        return literal(candidate, whole=True)
    if (candidate.answer and in_doubt(candidate.answer_text, candidate.quote_text, question)) or _is_half(candidate):
        return literal(candidate, whole=True)
    if is_long(candidate):
        return None
    if candidate.exact < _EXACT or (candidate.answer and not _tells(question, kind, candidate.answer_text)):
        return literal(candidate, whole=True)
    return None


def _is_half(candidate: Candidate) -> bool:
    """Tell whether the quote goes on with another like the answer: "belongs to Kessel, who came late, and to Dahl"."""
    if candidate.answer is None or candidate.quote is None:
        return False
    quote, start = candidate.quote_text, candidate.quote.start
    before = _PREPOSITION.search(quote[: candidate.answer.start - start])
    again = rf"\b(?:and|or) (?:also )?{before.group(1)} " if before else ""
    return bool(again and re.search(again, quote[candidate.answer.end - start :], re.IGNORECASE))


def is_long(candidate: Candidate) -> bool:
    """Tell whether the quote is too long to stand as an answer, also without the clauses behind what answers."""
    return length(_sentence(candidate), candidate.hit.document.language) > _LONGEST


def _tells(question: str, kind: Kind, words: str) -> bool:
    """Tell whether words say something alone: more than the question does, and no number where a thing is asked for."""
    said = content_stems(words)
    if not said or said <= content_stems(question):
        return False
    return kind in {"number", "time"} or any(not any(map(str.isdigit, stem)) for stem in said)


def literal(candidate: Candidate, *, whole: bool = False) -> Supported | None:
    """Answer with the reader's own words from the quote, or with the ``whole`` quote.

    The whole quote is given also where cutting would change what the words say. Of a long one it is the beginning, to
    the end of a clause behind the answer.
    """
    if candidate.answer is None or candidate.quote is None:
        return None
    quote, start = candidate.quote_text, candidate.answer.start - candidate.quote.start
    words = _paired(" ".join(candidate.answer_text.split()).strip(" ,;:，、；：،؛"))
    language = candidate.hit.document.language
    if whole or not check_piece(words, start, quote, language).supported:
        words = " ".join(_sentence(candidate).split())
    return Supported(capital(words, language), ((candidate.hit, candidate.quote),))


def _paired(words: str) -> str:
    """Cut marks at the ends that lost their counterpart when the words were cut out."""
    for opening, closing in _PAIRS:
        alone = words.count(opening) % 2 if opening == closing else words.count(opening) != words.count(closing)
        words = words.strip(opening + closing) if alone else words
    return words.strip()


def _sentence(candidate: Candidate) -> str:
    quote = candidate.quote_text
    if candidate.answer is None or candidate.quote is None or candidate.hit.document.language != KNOWN:
        return quote
    if length(quote, KNOWN) <= _LONGEST:
        return quote
    ends = (m.start() for m in _CLAUSE.finditer(quote, candidate.answer.end - candidate.quote.start))
    fitting = [end for end in ends if length(quote[:end], KNOWN) < _LONGEST]
    for end in reversed(fitting):
        if check(quote[:end], quote).supported and not takes_back(quote[end:]):
            return f"{quote[:end]} …"
    return quote
