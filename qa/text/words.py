"""The words of a text as the evidence and the checker compare them: stems, names, numbers, negation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise, takewhile
from typing import Any

from qa.text.language import FUNCTION_WORDS, KNOWN, WITHOUT_SPACES, stemmer, stop_words
from qa.text.negation import negates, negations
from qa.text.numbers import FRACTIONS, HAN_DIGITS, LONGEST, WRITTEN_IN_HAN, grouped_by_spaces, longest_number, scales

_TOKEN = re.compile(
    rf"\d+(?:[.,:/]\d+)*(?:[{FRACTIONS}]|(?:st|nd|rd|th)\b)?|[{FRACTIONS}]|[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?", re.UNICODE
)
_RUN = re.compile(r"[^\W\d_]+")
_PARTS = re.compile(r"[-.'’]")
_OPENING = "\"'“”‘’([ \n"
_SENTENCE_ENDS = ".!?:\n"
_OPENING_ELSEWHERE = _OPENING + "„«»「『《（¿¡\u00a0\u202f"
_SENTENCE_ENDS_ELSEWHERE = _SENTENCE_ENDS + "…。！？：؟।"
# What stands in the quotation marks of titles is a name where no capitals tell.
_TITLED = re.compile('《[^》]*》|「[^」]*」|『[^』]*』|«[^»]*»|“[^”]*”|„[^“”]*[“”]|"[^"]*"')
_LONGEST_TITLE = 30  # characters; what is longer was said by somebody


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or the words of one number. ``number`` is its value in digits; ``name`` tells that it is a name.

    ``opens`` tells that it may be a name or not: it has a capital as the first word of a sentence, or its script has
    none. ``matters`` tells whether it carries meaning by itself, ``negates`` that it says no.
    """

    text: str
    stem: str
    number: str | None
    name: bool
    opens: bool
    matters: bool
    negates: bool


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    lower: str
    opens_sentence: bool
    goes_on: bool  # only white space parts it from the token before
    titled: bool = False
    negates: bool = False


@lru_cache(maxsize=512)
def words_of(text: str, language: str = KNOWN) -> tuple[Word, ...]:
    """Cut ``text`` into words; a number in several words is one. Where no spaces part words, two signs are a word."""
    tokens = _tokens(text) if language == KNOWN else list(_tokens_elsewhere(text, language))
    words: list[Word] = []
    at = 0
    while at < len(tokens):
        run = [tokens[at].lower, *(t.lower for t in takewhile(lambda t: t.goes_on, tokens[at + 1 : at + LONGEST]))]
        number = longest_number(run, language)
        if number is None:
            words.append(_word(tokens[at], language))
            at += 1
        else:
            count, value = number
            written = " ".join(t.text for t in tokens[at : at + count])
            matters = written.lower() not in _ignored(language)
            words.append(Word(written, value, value, name=False, opens=False, matters=matters, negates=False))
            at += count
    return tuple(words)


def _tokens(text: str) -> list[_Token]:
    tokens = []
    end = 0
    for match in _TOKEN.finditer(text):
        raw = match.group().rstrip(".")
        before = text[: match.start()].rstrip(_OPENING)
        lower = raw.lower().replace("’", "'").removesuffix("'s")
        opens_sentence = not before or before[-1] in _SENTENCE_ENDS
        goes_on = text[end : match.start()].isspace()
        tokens.append(_Token(raw, lower, opens_sentence, goes_on, negates=negates(raw)))
        end = match.start() + len(raw)
    return tokens


def _tokens_elsewhere(text: str, language: str) -> Iterator[_Token]:
    """Cut a text in another language than English; ``negates`` and ``titled`` are known from what stands around."""
    negating = negations(text, language)
    titles = [m.span() for m in _TITLED.finditer(text) if m.end() - m.start() <= _LONGEST_TITLE]
    end = 0
    for match in _pattern(language).finditer(text):
        raw = match.group().rstrip(".")
        start, stop = match.start(), match.start() + len(raw)
        before = text[:start].rstrip(_OPENING_ELSEWHERE)
        opens_sentence = not before or before[-1] in _SENTENCE_ENDS_ELSEWHERE
        between = text[end:start]
        goes_on = between.isspace() or (not between and language in WITHOUT_SPACES)
        titled = any(first <= start and stop <= last for first, last in titles)
        for begin, piece in _pieces(raw, language):
            negating_here = any(start + begin <= n < start + begin + len(piece) for n in negating)
            yield _Token(piece, lower(piece, language), opens_sentence, goes_on, titled, negating_here)
            opens_sentence, goes_on = False, False
        end = stop


def _pieces(raw: str, language: str) -> list[tuple[int, str]]:
    """Cut a run of signs into pairs of them where no spaces part words; a number or a Latin word is whole."""
    whole = language not in WITHOUT_SPACES or raw[0].isdigit() or raw in scales(language) or raw.isascii()
    if whole or (language in WRITTEN_IN_HAN and all(c in HAN_DIGITS for c in raw)):
        return [(0, raw)]
    import regex

    # A sign is a letter with the vowels and tones above and below it.
    signs = [match.span() for match in regex.finditer(r"\X", raw)]
    pairs = list(pairwise(signs)) or [(signs[0], signs[0])]
    return [(first[0], raw[first[0] : second[1]]) for first, second in pairs]


@cache
def _pattern(language: str) -> Any:
    """Compile what a word or a number is; unlike in ``_TOKEN`` a vowel sign is a part of its word."""
    import regex

    grouped = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)(?:,\d+)?|" if grouped_by_spaces(language) else ""
    number = rf"(?:{grouped}\d+(?:[.,:/٫٬．]\d+)*)[{FRACTIONS}]?|[{FRACTIONS}]"
    if language not in WITHOUT_SPACES:
        return regex.compile(rf"{number}|[\p{{L}}\p{{M}}]+(?:['’.-][\p{{L}}\p{{M}}]+)*\.?")
    scale = "|".join(sorted(map(regex.escape, scales(language)), key=len, reverse=True)) or "(?!)"
    han = rf"|[{HAN_DIGITS}]{{2,}}|[{HAN_DIGITS}](?=\p{{Han}})" if language in WRITTEN_IN_HAN else ""
    own = rf"(?:(?!\p{{Latin}}){'(?![' + HAN_DIGITS + ']{2})' if han else ''}[\p{{L}}\p{{M}}])+"
    return regex.compile(rf"{number}|(?<=\d ?)(?:{scale}){han}|\p{{Latin}}+|{own}")


def lower(text: str, language: str) -> str:
    """Return a word in lower case; Turkish has two letters i."""
    if language in {"tr", "az"}:
        text = text.replace("İ", "i").replace("I", "ı")
    return text.lower().replace("’", "'")


def capital(text: str, language: str) -> str:
    """Return a text with a capital at its start."""
    first = "İ" if language in {"tr", "az"} and text.startswith("i") else text[:1].upper()
    return first + text[1:]


def own_case(text: str, sources: Iterable[str]) -> str:
    """Write words in mixed letters ("NatO") as the first of ``sources`` that has them; others are left alone."""
    forms: dict[str, list[str]] = {}
    for form in (form for source in sources for form in _RUN.findall(source)):
        forms.setdefault(form.lower(), []).append(form)

    def own(match: re.Match[str]) -> str:
        word = match.group()
        known = forms.get(word.lower(), [word])
        # "US" is not "us", and "THE" may be meant.
        return word if word in known or word.isupper() or word[1:] == word[1:].lower() else known[0]

    return _RUN.sub(own, text)


def _ignored(language: str) -> frozenset[str]:
    return FUNCTION_WORDS if language == KNOWN else stop_words(language)


def _word(token: _Token, language: str) -> Word:
    matters = token.text.lower() not in FUNCTION_WORDS if language == KNOWN else token.lower not in _ignored(language)
    stem = stemmer(language)(token.lower)
    first = token.text[0]
    if language != KNOWN and first.lower() == first.upper():
        return Word(token.text, stem, None, matters and token.titled, matters, matters, token.negates)
    has_capital = first.isupper() and token.lower not in _ignored(language)
    # A capital at the start of a sentence says nothing, unless more capitals or digits follow in the word.
    name = has_capital and (not token.opens_sentence or not token.text[1:].islower())
    return Word(token.text, stem, None, name, has_capital and not name, matters, token.negates)


def overlap(claim: str, text: str, language: str = KNOWN) -> float:
    """Return the share, 0 to 1, of the claim's words that carry meaning and stand in ``text``."""
    claimed = content_stems(claim, language)
    return len(claimed & {w.stem for w in words_of(text, language)}) / len(claimed) if claimed else 0.0


def content_stems(text: str, language: str = KNOWN) -> frozenset[str]:
    """Return the stems of the words that carry meaning."""
    return frozenset(w.stem for w in words_of(text, language) if w.matters)


@lru_cache(maxsize=512)
def names_and_numbers(text: str, language: str = KNOWN) -> frozenset[str]:
    """Return the stems of the names and the values of the numbers in ``text``."""
    return frozenset(
        w.number if w.number is not None else w.stem for w in words_of(text, language) if w.name or w.number is not None
    )


@lru_cache(maxsize=512)
def vocabulary(text: str, language: str = KNOWN) -> frozenset[str]:
    """Return the stems of all words of ``text``, of the parts of compound ones, and the values of its numbers."""
    words = words_of(text, language)
    parts = {part for w in words for part in parts_of(w.stem)}
    return frozenset(parts | {w.stem for w in words} | {w.number for w in words if w.number is not None})


@lru_cache(maxsize=512)
def particulars(question: str, language: str = KNOWN) -> frozenset[str]:
    """Return the stems of the names, and the numbers in digits, that a question is about."""
    return frozenset(
        w.stem if w.number is None else w.number
        for w in words_of(question, language)
        if w.name or (w.number is not None and w.text[0].isdigit())
    )


def negated(text: str, language: str = KNOWN) -> bool:
    """Tell whether ``text`` has a word that negates."""
    return any(w.negates for w in words_of(text, language))


def length(text: str, language: str) -> int:
    """Count the words of a text; where no spaces part them, two letters are taken for one."""
    return sum(c.isalnum() for c in text) // 2 if language in WITHOUT_SPACES else len(text.split())


def parts_of(stem: str) -> Sequence[str]:
    """Cut the stem of a compound word into its parts."""
    return _PARTS.split(stem)
