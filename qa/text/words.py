"""The words of an English text as the evidence and the checker compare them: stems, names, numbers, negation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from qa.text.language import FUNCTION_WORDS, KNOWN, stemmer
from qa.text.numbers import LONGEST, longest_number

_TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*(?:(?:st|nd|rd|th)\b)?|[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?", re.UNICODE)
_NEGATIONS = frozenset(
    "not no never none neither nor nobody nothing nowhere without cannot hardly barely scarcely unable".split()
)
_PARTS = re.compile(r"[-.'’]")
_OPENING = "\"'“”‘’([ \n"
_SENTENCE_ENDS = ".!?:\n"


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or the words of one number. ``number`` is its value in digits; ``name`` tells that it is a name.

    ``opens`` tells that it has a capital as the first word of a sentence, so that it may be a name or not.
    """

    text: str
    stem: str
    number: str | None
    name: bool
    opens: bool

    @property
    def matters(self) -> bool:
        """Whether the word carries meaning by itself."""
        return self.text.lower() not in FUNCTION_WORDS

    @property
    def negates(self) -> bool:
        lower = self.text.lower().replace("’", "'")
        return lower in _NEGATIONS or lower.endswith("n't")


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    lower: str
    opens_sentence: bool
    goes_on: bool  # only white space parts it from the token before


@lru_cache(maxsize=512)
def words_of(text: str) -> tuple[Word, ...]:
    """Cut ``text`` into words; a number in several words is one."""
    tokens = _tokens(text)
    words: list[Word] = []
    at = 0
    while at < len(tokens):
        run = [tokens[at].lower, *(t.lower for t in takewhile(lambda t: t.goes_on, tokens[at + 1 : at + LONGEST]))]
        number = longest_number(run)
        if number is None:
            words.append(_word(tokens[at]))
            at += 1
        else:
            count, value = number
            written = " ".join(t.text for t in tokens[at : at + count])
            words.append(Word(written, value, value, name=False, opens=False))
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
        tokens.append(_Token(raw, lower, opens_sentence, text[end : match.start()].isspace()))
        end = match.start() + len(raw)
    return tokens


def _word(token: _Token) -> Word:
    capital = token.text[0].isupper() and token.lower not in FUNCTION_WORDS
    # A capital at the start of a sentence says nothing, unless more capitals or digits follow in the word.
    name = capital and (not token.opens_sentence or not token.text[1:].islower())
    return Word(token.text, stemmer(KNOWN)(token.lower), None, name, capital and not name)


def overlap(claim: str, text: str) -> float:
    """Return the share, 0 to 1, of the claim's words that carry meaning and stand in ``text``."""
    claimed = content_stems(claim)
    return len(claimed & {w.stem for w in words_of(text)}) / len(claimed) if claimed else 0.0


def content_stems(text: str) -> frozenset[str]:
    """Return the stems of the words that carry meaning."""
    return frozenset(w.stem for w in words_of(text) if w.matters)


@lru_cache(maxsize=512)
def names_and_numbers(text: str) -> frozenset[str]:
    """Return the stems of the names and the values of the numbers in ``text``."""
    return frozenset(
        w.number if w.number is not None else w.stem for w in words_of(text) if w.name or w.number is not None
    )


@lru_cache(maxsize=512)
def vocabulary(text: str) -> frozenset[str]:
    """Return the stems of all words of ``text``, of the parts of compound ones, and the values of its numbers."""
    words = words_of(text)
    parts = {part for w in words for part in parts_of(w.stem)}
    return frozenset(parts | {w.stem for w in words} | {w.number for w in words if w.number is not None})


@lru_cache(maxsize=512)
def particulars(question: str) -> frozenset[str]:
    """Return the stems of the names, and the numbers in digits, that a question is about."""
    return frozenset(
        w.stem if w.number is None else w.number
        for w in words_of(question)
        if w.name or (w.number is not None and w.text[0].isdigit())
    )


def negated(text: str) -> bool:
    """Tell whether ``text`` has a word that negates."""
    return any(w.negates for w in words_of(text))


def parts_of(stem: str) -> Sequence[str]:
    """Cut the stem of a compound word into its parts."""
    return _PARTS.split(stem)
