"""Does a written sentence only put question, answer and quote together? Pure; a doubt counts against the sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.text.language import KNOWN
from qa.text.words import Word, words_of

_EITHER_WAY = frozenset("is are was were be been being called named as".split())
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being)\b(?:\W+\w+){1,3}?\W+by\b", re.IGNORECASE)
_RUN = 3  # words in the quote's order that count as copied
_VOWELS = re.compile("[aeiouy]")


def restates(claim: str, answer: str, quote: str, *, question: str, language: str = KNOWN) -> bool:
    """Tell whether ``claim`` is the question with the answer put in, and otherwise copied from the quote.

    A word that is neither the question's nor the answer's must stand in a run of words that the claim shares with the
    quote: single words of the quote can be put into a relation that it does not state.
    """
    known = {w.stem for text in (question, answer) for w in words_of(text, language)}
    if language == KNOWN:
        known |= {_consonants(stem) for stem in known} - {""}
    said, seen = words_of(claim, language), {*_runs(words_of(quote, language))}
    copied = {at for n, run in enumerate(_runs(said)) if run in seen for at in range(n, n + _RUN)}
    return all(n in copied or not w.matters or {w.stem, _consonants(w.stem)} & known for n, w in enumerate(said))


def _runs(words: Sequence[Word]) -> list[tuple[str, ...]]:
    return [tuple(w.stem for w in words[n : n + _RUN]) for n in range(len(words) - _RUN + 1)]


def _consonants(stem: str) -> str:
    """Return what stays of a word when its vowels change: "began" is of "begin", "rose" of "rise".

    Empty where less than two consonants stay: those tell nothing.
    """
    kept = stem[:1].upper() + _VOWELS.sub("", stem[1:])
    return kept if len(kept) > 1 and stem.isalpha() else ""


def keeps_order(claim: str, answer: str, quote: str, language: str = KNOWN) -> bool:
    """Tell whether ``answer`` stands on the same side of the words that claim and quote share: who did it to whom.

    Sides may be changed by a passive ("by") and by "is", which says the same both ways. Numbers and dates do nothing
    to anybody.
    """
    found = words_of(answer, language)
    if not found or any(w.number is not None for w in found):
        return True
    said, seen = _side(claim, found, quote, language), _side(quote, found, claim, language)
    if said is None or seen is None:
        return True
    return (said == seen) == (bool(_PASSIVE.search(claim)) == bool(_PASSIVE.search(quote)))


def _side(text: str, answer: Sequence[Word], other: str, language: str) -> bool | None:
    """Tell whether the shared words stand before the answer; None if on both sides, on none, or if it is no matter."""
    words, stems = words_of(text, language), [w.stem for w in answer]
    at = next((n for n in range(len(words)) if [w.stem for w in words[n : n + len(stems)]] == stems), None)
    if at is None:
        return None
    end = at + len(stems)
    around = [w.text.lower() for w in (*words[max(0, at - 2) : at], *words[end : end + 1])]
    if any(w in _EITHER_WAY for w in around) and not _PASSIVE.search(text):
        return None
    shared = {w.stem for w in words_of(other, language) if w.matters} - set(stems)
    before = any(w.stem in shared for w in words[:at])
    after = any(w.stem in shared for w in words[end:])
    return None if before == after else before
