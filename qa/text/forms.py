"""The forms of questions in other languages than English, as the catalogues have them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from qa.text.catalogue import said
from qa.text.language import WITHOUT_SPACES

SUMMARISED = "a question for a summary of the whole article"
COUNTED = "a question for how many things are named"
_CONTEXT = "regular expression"
_KEPT = "'-"
# Vowels and length signs of Arabic that are written or not.
_OPTIONAL = re.compile("[\u064b-\u0652\u0640]")


def asked_in(language: str, form: str, question: str) -> re.Match[str] | None:
    """Tell whether the whole of a question has a form in a language; the match holds what it is about."""
    pattern = _pattern(language, form)
    return pattern.fullmatch(_plain(question, language)) if pattern else None


@cache
def _pattern(language: str, form: str) -> re.Pattern[str] | None:
    written = said(form, language, _CONTEXT)
    return re.compile(written, re.IGNORECASE) if written != form else None


def _plain(question: str, language: str) -> str:
    """Return a question without punctuation, and without spaces where the language has none."""
    text = _OPTIONAL.sub("", unicodedata.normalize("NFC", question).replace("’", "'"))
    text = "".join(" " if unicodedata.category(c)[0] == "P" and c not in _KEPT else c for c in text)
    return ("" if language in WITHOUT_SPACES else " ").join(text.split())
