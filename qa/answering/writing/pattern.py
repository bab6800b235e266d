"""The form of a written answer as a regular expression (of the library ``regex``), which decoding is held to. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BEFORE, _BEHIND = 40, 40  # words of the sentence on both sides of the answer
_EDGES = "\"'“”‘’(),;:–—.!?"
_DASHES = re.compile("[–—/]")  # these join words that stand alone elsewhere
_OPENERS = frozenset("The A An In On At By From For To Of With There".split())
_BEFORE_ANSWER = 2  # words of the quote before the answer with which a sentence can open: "in the"
# What is neither a name nor a number may be any word; a sentence ends once.
_PLAIN = r"[\p{Ll}\p{Lo}\p{M}'’,;:()\"“”%$€£/–—-]{1,30}"
_MARKS = r"['’\"“”,;:()–—-]{0,3}"


def pattern_for(passages: int) -> str:
    """Write the pattern of an answer over so many passages.

    It is one or two sentences; a bracket can only hold the number of a passage.
    """
    text = r" ?[^\[\]\n ][^\[\]\n]*"
    return f"{text}(?:{_marker(passages)}(?: {text}{_marker(passages)})?)?"


def pattern_around(answer: str, quote: str, question: str, passages: int, *, first: bool = False) -> str:
    """Write the pattern of one sentence that holds ``answer``, then the number of a passage.

    Its names, numbers and signs are the quote's; it opens with a word of the quote, or one of the question that is
    no name. With ``first`` it opens with the answer, or with the one or two words before it in the quote.
    """
    answer = " ".join(answer.split())
    if not answer or re.search(r"[\[\]]", answer):
        return pattern_for(passages)
    tokens = [token for whole in quote.split() for token in dict.fromkeys([whole, *_DASHES.split(whole)])]
    quoted = [t for t in (t.strip(_EDGES) for t in tokens) if t]
    # A full stop inside the sentence is its word's: "U.S.", "William E.".
    dotted = [t for t in (t.strip(_EDGES.replace(".", "")) for t in tokens[:-1]) if t.endswith(".")]
    asked = [t for t in (t.strip(_EDGES) for t in question.split()) if t and t.islower()]
    kept = _any_of(t for t in (*dotted, *quoted) if not (t.isalpha() and t == t.lower()))
    word = rf"(?:{_PLAIN}|{_MARKS}{kept}(?:['’]s)?{_MARKS})"
    opening = rf"{_MARKS}(?i:{_any_of([*quoted, *asked, *_OPENERS])}){_MARKS}"
    before = rf"(?:{opening}(?:\s{word}){{0,{_BEFORE}}}?\s)?" if not first else _leading(answer, quote)
    said = rf"(?i:{re.escape(answer[0])}){re.escape(answer[1:])}"
    sentence = rf" ?{before}{_MARKS}{said}(?:['’]s)?(?!\w){_MARKS}(?:\s{word}){{0,{_BEHIND}}}[.!?]?"
    return rf"{sentence}(?:\s{_marker(passages)})?"


def _leading(answer: str, quote: str) -> str:
    before, found, _ = " ".join(quote.split()).partition(answer)
    words = before.split() if found else []
    leading = ""
    # The first word of the quote has its capital from there, another one is a name.
    for n in range(max(0, len(words) - _BEFORE_ANSWER), len(words)):
        plain = words[n].islower() or n == 0
        leading = rf"(?:{leading}(?i:{re.escape(words[n])})\s)?" if plain else ""
    return leading


def _marker(passages: int) -> str:
    return rf"\[(?:{'|'.join(map(str, range(1, passages + 1)))})\]\.?"


def _any_of(words: Iterable[str]) -> str:
    distinct = sorted({*words}, key=lambda w: (-len(w), w))
    return rf"(?:{'|'.join(map(re.escape, distinct))})" if distinct else r"(?!)"
