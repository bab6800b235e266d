"""The markers ``[n]`` that tie an answer to its citations: found, dropped, kept apart from look-alikes."""

from __future__ import annotations

import re
from collections.abc import Callable

MARKER = re.compile(r"\[(\d{1,3})\]")
# A marker, or what a small model writes instead of one: "[a]", "[1, 2]", "[1".
LIKE_A_MARKER = re.compile(r"\s*\[[^\]\n]{0,12}\]?")
_SPACED = re.compile(r"\s*\[\d{1,3}\]")
_BRACKETED_NUMBER = re.compile(r"\[\s*(\d+)\s*\]")


def numbers_in(text: str) -> tuple[int, ...]:
    """Return the different numbers of the markers in ``text``, in their order."""
    return tuple(dict.fromkeys(int(m) for m in MARKER.findall(text)))


def without(text: str) -> str:
    """Drop the markers, with the white space before each."""
    return _SPACED.sub("", text)


def unbracketed(text: str) -> str:
    """Rewrite a number in brackets of the article itself ("[7]", a footnote), which no citation belongs to."""
    return _BRACKETED_NUMBER.sub(r"(\1)", text)


def replaced(text: str, replacement: Callable[[re.Match[str]], str]) -> str:
    """Replace each marker by what ``replacement`` makes of it."""
    return MARKER.sub(replacement, text)
