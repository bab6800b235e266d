"""Articles indexed, listed, removed and printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import TEXT

pytestmark = pytest.mark.usefixtures("_fake_models")
Run = Callable[..., tuple[int, str, str]]


def test_articles_are_indexed_listed_and_removed(qa: Run, article: Path, tmp_path: Path) -> None:
    assert "no index in" in qa("list")[2]
    assert qa("index", article)[1].endswith(" characters\n")
    assert "up to date" in qa("index", article)[1]
    assert "indexed" in qa("index", article, "--again")[1]
    assert str(article) in qa("list")[1]
    assert json.loads(qa("list", "--json")[1])[0]["source"] == str(article)
    (tmp_path / "empty.txt").touch()
    status, _, err = qa("index", article, tmp_path / "empty.txt")
    assert status == 1
    assert "empty.txt: is empty" in err
    assert "removed" in qa("remove", article)[1]
    assert "no index in" in qa("list")[2]


def test_text_is_what_offsets_count_in(qa: Run, article: Path) -> None:
    assert qa("text", article)[1] == TEXT
