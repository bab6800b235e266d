"""The article that is asked where none is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("_fake_models")
Run = Callable[..., tuple[int, str, str]]


def test_the_only_index_is_the_default_outside_a_checkout(
    qa: Run, article: Path, silent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.index.default.CHECKOUT", None)
    assert "no article is named" in qa("ask", "Who?")[2]
    qa("index", article)
    assert qa("ask", "Who founded the bakery?", "-q")[1] == "Maria Lopez founded the bakery [1].\n"
    qa("index", silent)
    status, _, err = qa("ask", "Who?")
    assert status == 2
    assert "name one with -s" in err


def test_an_article_that_was_not_named_is_named_where_it_does_not_say(
    qa: Run, silent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.index.default.CHECKOUT", None)
    qa("index", silent)
    status, out, err = qa("ask", "Who founded the bakery?")
    assert (status, out) == (3, "The article does not say.\n")
    assert err.startswith("qa: asked: ")
    assert err.endswith("silent.txt; -s names another article\n")
    for alone in ("--json", "--quiet"):
        assert qa("ask", "Who founded the bakery?", alone)[2] == ""
    assert qa("ask", "Who founded the bakery?", "-s", silent)[2] == ""
