from __future__ import annotations

import re
import string
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from qa.paths import PACKAGE
from qa.text.catalogue import DOMAIN, LANGUAGES, LOCALES, joined, said

NOT_SAID = "The article does not say."


def catalogue(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def template() -> set[tuple[str | None, Any]]:
    with (LOCALES / f"{DOMAIN}.pot").open("rb") as file:
        return {(m.context, m.id) for m in read_po(file) if m.id}


def test_there_is_a_catalogue_for_each_language() -> None:
    assert sorted(p.name for p in LOCALES.iterdir() if p.is_dir()) == sorted(LANGUAGES)
    assert {"ar", "de", "el", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh"} < {*LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_says_everything_and_keeps_the_places(language: str, template: set[tuple[str | None, Any]]) -> None:
    messages = [m for m in catalogue(language) if m.id]
    assert {(m.context, m.id) for m in messages} == template
    for message in messages:
        assert message.string
        assert not message.fuzzy
        if message.context == "regular expression":
            assert re.compile(str(message.string)).fullmatch("") is None
        else:
            assert places(str(message.string)) == places(str(message.id))


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_program_says_what_the_template_has(template: set[tuple[str | None, Any]]) -> None:
    sources = "\n".join(p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*.py"))
    assert [message for _, message in template if f'"{message}"' not in sources] == []


def test_a_sentence_is_said_in_a_language_that_has_a_catalogue() -> None:
    assert said(NOT_SAID, "de") == "Das steht nicht im Artikel."
    assert said(NOT_SAID, "yue") == said(NOT_SAID, "zh") == "文章没有提到。"
    assert said(NOT_SAID, "en") == said(NOT_SAID, "xx") == said(NOT_SAID, "") == NOT_SAID
    assert said("Something else.", "de") == "Something else."
    assert joined(["上海", "广州"], "zh") == "上海、广州"
    assert joined(["Aleppo", "Hama"], "en") == "Aleppo, Hama"
