"""Relations that a claim makes of a quote's own words, and that the quote does not state. Pure; for English.

A small model joins pieces of a sentence that do not belong together: each word is the quote's, and the claim is false.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher
from itertools import pairwise

from qa.text.words import Word, words_of

_IS = frozenset("is are was were".split())
_JOINS = _IS | frozenset("has have had be been a an the".split())
_SHORT = 2  # words with a meaning before a comma that can be said to be what follows it
_LIST = re.compile(r",[^.;:]*,?\s(?:and|or)\b")
_BETWEEN_ITEMS = re.compile(r"[,;:]\s+(?:(?:and|or)\s+)?")
_TOKEN = re.compile(r"\w+(?:['’.-]\w+)*|[^\w\s]")
_OPENS = frozenset(", ( — –".split())
_ASIDES = frozenset("who whom whose which".split())
_CLOSES = frozenset(", ; : ) — – and or but who whom which that".split())


def unsaid_relation(claim: str, quote: str) -> str:
    """Say which relation of the claim the quote does not state, or nothing."""
    if _side_by_side(claim, quote):
        return "the quote only names it beside the other"
    if _says_twice(claim, quote):
        return "it says the same twice"
    if subject := _other_subject(claim, quote):
        return f"the quote says it of {subject!r}"
    return ""


def _side_by_side(claim: str, quote: str) -> bool:
    """Tell whether an "is" of the claim stands where the quote has a comma of a list.

    "Attacks in Egypt, a civil war in Algeria and a famine": no attack was a war, nor was the war an attack. In "the
    founder, a baker" the second says what the first is, as do one or two words before the comma, or a name.
    """
    said = words_of(claim)
    for at, (before, verb) in enumerate(pairwise(said), start=1):
        if verb.text.lower() not in _IS or at + 1 >= len(said):
            continue
        subject, rest = ([w for w in words if w.matters] for words in (said[:at], said[at + 1 :]))
        if len(subject) <= _SHORT or any(all(w.name or w.opens for w in words) for words in (subject, rest)):
            continue
        listed = rf"\b{re.escape(before.text)}[\"”’]?, {re.escape(said[at + 1].text)}\b[^.;:]*? (?:and|or)\b"
        if re.search(listed, quote, re.IGNORECASE) or (_LIST.search(quote) and _in_turn(rest, subject, quote)):
            return True
    return False


def _in_turn(first: Sequence[Word], second: Sequence[Word], quote: str) -> bool:
    """Tell whether one item of the quote's list holds all of the first words, and only a later one all of the second.

    What stands before the list is no item: it is often said of all of them.
    """
    items = [{w.stem for w in words_of(item)} for item in _BETWEEN_ITEMS.split(quote)]
    one, other = ([n for n, item in enumerate(items) if all(w.stem in item for w in ws)] for ws in (first, second))
    return bool(one and other) and 0 < max(one) < min(other)


def _says_twice(claim: str, quote: str) -> bool:
    """Tell whether two words with a meaning come again in the claim, in the same order, and do not in the quote."""
    said, seen = (Counter(pairwise(w.stem for w in words_of(text) if w.matters)) for text in (claim, quote))
    return any(count > max(1, seen[pair]) for pair, count in said.items())


def _other_subject(claim: str, quote: str) -> str:
    """Return the name that the claim skips between a subject and what the quote says of that name.

    "King David, whose brother Alexander had married Sybilla, ruled" says "married Sybilla" of Alexander, and "ruled" of
    King David, not of Sybilla.
    """
    said, seen = _TOKEN.findall(claim.rstrip(". ")), _TOKEN.findall(quote)
    known = {w.lower() for w in said}
    for at, gap in _skipped(said, seen):
        if gap == [","] and (subject := _before_aside(seen[:at], known)):
            return subject
        inside = any(w.lower() in _CLOSES for w in gap[1:])
        name = next((w for w in gap if w[0].isupper() and w.lower() not in known), "")
        if gap[0] in _OPENS and not inside and name:
            return name
    return ""


def _before_aside(seen: Sequence[str], known: AbstractSet[str]) -> str:
    """Return the word before the aside that ends here (", who followed Jones"), if the claim has but a part of it."""
    opens = max((n for n, w in enumerate(seen) if w == ","), default=0)
    aside = [w.lower() for w in seen[opens + 1 : opens + 2]]
    return seen[opens - 1] if opens and aside and aside[0] in _ASIDES and aside[0] not in known else ""


def _skipped(said: Sequence[str], seen: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield what the quote has between two pieces that the claim puts side by side, but for an "is" or "the".

    It comes with its place in the quote.
    """
    matcher = SequenceMatcher(None, [w.lower() for w in said], [w.lower() for w in seen], autojunk=False)
    for one, other in pairwise(block for block in matcher.get_matching_blocks() if block.size):
        between, gap = said[one.a + one.size : other.a], seen[one.b + one.size : other.b]
        if gap and all(w.lower() in _JOINS for w in between):
            yield one.b + one.size, gap
