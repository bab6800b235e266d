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
