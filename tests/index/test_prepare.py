"""From the bytes of a file to a document."""

from __future__ import annotations

import pytest

from qa.index.prepare import document_of
from qa.types import Limits
from tests.conftest import FakeEmbedder

GERMAN = "Die Bäckerei liegt am Hafen und öffnet um sechs Uhr. Sie verkauft vierzig Sorten Brot.".encode()


class ForAllLanguages(FakeEmbedder):
    multilingual = True


def test_a_language_that_the_embedder_does_not_know_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    assert document_of(GERMAN, "de.txt", "auto", Limits(), FakeEmbedder()).language == "de"
    assert "de.txt: is in another language than English (de)" in caplog.text


def test_an_embedder_for_all_languages_has_nothing_to_warn_of(caplog: pytest.LogCaptureFixture) -> None:
    document_of(GERMAN, "de.txt", "auto", Limits(), ForAllLanguages())
    assert not caplog.text
