"""Articles indexed, listed, removed and printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.settings import load_settings
from qa.sources.fetch import Pages
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


def test_a_stored_page_without_an_index_is_removed(qa: Run, tmp_path: Path) -> None:
    address = "https://example.org/a"
    page = Pages(load_settings().settings).path_of(address)
    page.parent.mkdir(parents=True)
    page.write_bytes(b"a page")
    assert qa("remove", address)[:2] == (0, f"removed {page}\n")
    assert not page.exists()
    assert qa("remove", address)[0] == 1
