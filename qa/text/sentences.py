"""The sentences of a text, by a library that knows the abbreviations of many languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sentencex import get_sentence_boundaries

from qa.text.language import KNOWN, stop_words
from qa.types import Span

# Full stops of the scripts that have one, and what may close a sentence after it.
ENDS = frozenset(".!?…。！？｡؟।॥۔")
# The full stop of a language, where it is another one or none.
STOPS = {
    "hi": "।",
    "ja": "。",
    "lo": "",
    "mr": "।",
    "ne": "।",
    "th": "",
    "ur": "۔",
    "wuu": "。",
    "yue": "。",
    "zh": "。",
}
CLOSING = frozenset("\"”“’'»«)」』》）】")
# Where there is no full stop, a space parts sentences, and clauses as well.
WITHOUT_STOPS = frozenset(language for language, stop in STOPS.items() if not stop)
# What stands before its full stop without ending a sentence, where the library would end one.
_ABBREVIATIONS: dict[str, frozenset[str]] = {
    "ar": frozenset("د أ م ود وأ".split()),
    "de": frozenset("bzw ca evtl usw vgl".split()),
    "el": frozenset("δηλ κα κος κ".split()),
    "fr": frozenset("m mm mme dr st".split()),
    "hi": frozenset("डॉ प्रो पं कु सु".split()),
    "it": frozenset("mln mld sig dott".split()),
    "ro": frozenset("d-l d-na dl dna dr nr str".split()),
    "tr": frozenset("av doç m.ö m.s sn t.c vb vs yrd".split()),
    "vi": frozenset("bs gs gs.ts pgs pgs.ts q tp ths tp.hcm ts".split()),
}
# "Im 19. Jahrhundert": a number of so few digits with a full stop counts in these.
_ORDINALS = frozenset({"cs", "da", "de", "et", "fi", "hr", "hu", "is", "lv", "no", "pl", "sk", "sl", "sr", "tr"})
_ORDINAL = re.compile(r"(?<!\d)\d{1,2}\.$")
_LAST_WORD = re.compile(r"(\S+)\.$")
_FIRST_WORD = re.compile(r"\w+")
_BRACKETS = "(\"'«„“”‘’["
_DASH = re.compile(r"[—–-]\s*")
_NEAR = 60  # characters on either side of a full stop that tell whether it ends a sentence
_CLAUSE = 40  # characters from which what a space parts may be a sentence, where there is no full stop
# Thai words that a sentence goes on with: and, or, but, which, because, so that, therefore, while, also.
_JOINED_BY = ("และ", "หรือ", "แต่", "ที่", "ซึ่ง", "โดย", "เพราะ", "เนื่อง", "เพื่อ", "จึง", "ขณะ", "รวม", "ๆ", "ฯ")


def sentences(text: str, language: str = KNOWN) -> list[Span]:
    """Find the sentences of ``text``, without the white space around them."""
    found: Iterable[tuple[int, int]]
    found = ((b["start_index"], b["end_index"]) for b in get_sentence_boundaries(language, text))
    if language != KNOWN:
        found = _joined(text, found, language)
    if language in WITHOUT_STOPS:
        found = (clause for start, end in found for clause in _clauses(text, start, end))
    spans = []
    for start, end in found:
        piece = text[start:end]
        stripped = piece.strip()
        if any(c.isalnum() for c in stripped):
            begin = start + len(piece) - len(piece.lstrip())
            spans.append(Span(begin, begin + len(stripped)))
    return spans


def _joined(text: str, found: Iterable[tuple[int, int]], language: str) -> Iterator[tuple[int, int]]:
    """Join what the library has parted at a full stop that ends no sentence."""
    begun: tuple[int, int] | None = None
    for start, end in found:
        if begun and _goes_on(
            text[max(begun[0], start - _NEAR) : start], text[start : min(end, start + _NEAR)], language
        ):
            begun = begun[0], end
            continue
        if begun:
            yield begun
        begun = start, end
    if begun:
        yield begun


def _goes_on(before: str, after: str, language: str) -> bool:
    whole, following = before.rstrip(), after.lstrip()
    between = before[len(whole) :] + after[: len(after) - len(following)]
    if "\n" in between or not following:
        return False
    if not between and following[0] in CLOSING:
        return True
    in_the_middle = _DASH.sub("", following)[:1].islower()
    if whole[-1:] != ".":
        return in_the_middle and following[0] in "—–"
    together = not between and following[0].isalnum()  # "4.5" in other digits, "TP.HCM"
    return in_the_middle or together or _ends_nothing(whole, following, language)


def _ends_nothing(whole: str, following: str, language: str) -> bool:
    """Tell whether the full stop at the end of ``whole`` is that of an abbreviation or of an ordinal number."""
    last = _LAST_WORD.search(whole)
    abbreviated = last is not None and last[1].lstrip(_BRACKETS).lower() in _ABBREVIATIONS.get(language, ())
    ordinal = language in _ORDINALS and _ORDINAL.search(whole) is not None and not _opens(following, language)
    return language in WITHOUT_STOPS or abbreviated or ordinal


def _opens(text: str, language: str) -> bool:
    first = _FIRST_WORD.match(text.lstrip(_BRACKETS))
    return first is None or first.group().lower() in stop_words(language)


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Part a run at the spaces between two of its own words, but before a word that it goes on with."""
    begin = start
    for match in re.finditer(r"\s+", text[start:end]):
        at, then = start + match.start(), start + match.end()
        if "\n" in match.group():
            parted = True
        else:
            neighbours = text[at - 1 : at] + text[then : then + 1]
            own = len(neighbours) == 2 and all(c > "\u0e00" for c in neighbours)  # noqa: PLR2004 - both sides
            # "พ.ศ. 2530", a year: an abbreviation of single letters.
            goes_on = text.startswith(_JOINED_BY, then) or text.startswith(".", then + 1)
            parted = own and at - begin >= _CLAUSE and not goes_on
        if parted:
            yield begin, then
            begin = then
    if begin < end:
        yield begin, end
