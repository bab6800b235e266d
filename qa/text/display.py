"""Text as it may be shown: nothing in it steers the terminal, hides, or passes for something else."""

from __future__ import annotations

import re
import unicodedata

from qa.text.language import WITHOUT_SPACES

_HIDDEN = {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}
_ALLOWED = {"\n", "\t"}
# Persian, Hindi and others write with signs that join letters or keep them apart.
_JOINED = re.compile("[\u0620-\u06ff\u0900-\u0dff][\u200c\u200d]")
# Letters of Greek and Cyrillic that look like Latin ones.
_LOOK_ALIKES = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονАВЕЅІЈКМНОРСТУХЫаеорсухіјѕһԁԛԝ"
_LOOK_ALIKE = re.compile(f"[{_LOOK_ALIKES}]")
_LETTERS = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z]")


def clean(text: str) -> str:
    """Replace what could steer the terminal, hide text or pass for something else; in JSON a quote stays literal.

    A letter passes for another if it looks like a Latin one and stands in a word of Latin letters.
    """
    shown = "".join(
        "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(c) in _HIDDEN and c not in _ALLOWED and not _JOINED.match(before + c)
        else c
        for before, c in zip("\n" + text, text, strict=False)
    )
    return _LETTERS.sub(_unmixed, shown) if _LOOK_ALIKE.search(shown) else shown


def _unmixed(word: re.Match[str]) -> str:
    letters = word.group()
    return _LOOK_ALIKE.sub("\N{REPLACEMENT CHARACTER}", letters) if _LATIN.search(letters) else letters


def size_of(text: str, language: str) -> str:
    """Say how long a text is: in words, or in characters where no spaces part words."""
    return f"{len(text):,} characters" if language in WITHOUT_SPACES else f"{len(text.split()):,} words"


def reads_from_right(text: str) -> bool:
    """Tell whether a text runs from right to left: its first letter does."""
    directions = (unicodedata.bidirectional(c) for c in text)
    return next((d != "L" for d in directions if d in {"L", "R", "AL"}), False)


def one_line(text: str) -> str:
    """Fold white space, for a message that must stay on one line."""
    return " ".join(clean(text).split())
