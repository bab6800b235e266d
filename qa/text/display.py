"""Text as it may be shown: nothing in it steers the terminal, hides, or passes for something else."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}
_ALLOWED = {"\n", "\t"}
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
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in _HIDDEN and c not in _ALLOWED else c for c in text
    )
    return _LETTERS.sub(_unmixed, shown) if _LOOK_ALIKE.search(shown) else shown


def _unmixed(word: re.Match[str]) -> str:
    letters = word.group()
    return _LOOK_ALIKE.sub("\N{REPLACEMENT CHARACTER}", letters) if _LATIN.search(letters) else letters


def one_line(text: str) -> str:
    """Fold white space, for a message that must stay on one line."""
    return " ".join(clean(text).split())
