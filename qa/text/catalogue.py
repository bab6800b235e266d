"""The fixed sentences of an answer and the forms of questions in other languages: catalogues in the form of gettext."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from qa.paths import PACKAGE

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

LOCALES = PACKAGE / "locales"
DOMAIN = "article_qa"
NOT_IN_ARTICLE = "The article does not say."
# The languages that have a catalogue; English needs none.
LANGUAGES = ("ar", "de", "el", "es", "fr", "hi", "it", "pt", "ro", "ru", "th", "tr", "vi", "zh")
# Detected as languages of their own, written much like one that has a catalogue.
_WRITTEN_LIKE = {"arz": "ar", "ary": "ar", "wuu": "zh", "yue": "zh"}


def said(message: str, language: str, context: str | None = None) -> str:
    """Say an English message in a language; as it is where there is no catalogue for that."""
    language = _WRITTEN_LIKE.get(language, language)
    if language not in LANGUAGES:
        return message
    entry = _catalogue(language).get(message, context)
    return str(entry.string) if entry and entry.string else message


def joined(names: list[str], language: str) -> str:
    """Join the names of a list by what stands between them in a language."""
    return said(", ", language, "between the names of a list").join(names)


@cache
def _catalogue(language: str) -> Catalog:
    from babel.messages.pofile import read_po

    with (LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)
