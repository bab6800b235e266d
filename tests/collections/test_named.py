"""What names stand for: a document, what was below a folder, what a pattern matches."""

from __future__ import annotations

import functools
import glob
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.collections.named import Pattern, documents_of
from qa.collections.prepare import prepare
from qa.collections.update import Update
from qa.errors import SourceError
from qa.index.stores.protocol import Store
from qa.settings import Settings
from qa.sources.fetch import Pages
from tests.conftest import FakeEmbedder

Named = Callable[[str], list[str]]
TREE = (
    "a.txt", "ab.txt", "b.md", ".hidden.txt", "sub/a.txt", "sub/deep/a.txt", "sub/deep/er/c.txt", "sub2/a.txt",
    ".git/a.txt", "sub/.git/a.txt", "[x]/a.txt", "x/a.txt",
)  # fmt: skip
PATTERNS = (
    "*", "*.txt", "?.txt", "[ab]*.txt", "[!a].*", "sub*/*.txt", "*/a.txt", "**", "**/a.txt", "**/*.txt", "sub/**",
    "sub/**/a.txt", "**/deep/**", "**/**/c.txt", ".*", ".git/*", "**/.git/*.txt", "./sub/../*.txt", "[[]x]/*", "[x]/*",
)  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("folder", ["here", "[20]24"])
def test_a_pattern_means_what_it_means_among_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, pattern: str
) -> None:
    for name in TREE:
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path / folder)
    wanted = {os.path.normpath(n) for n in glob.glob(pattern, recursive=True) if Path(n).is_file()}  # noqa: PTH207
    for written in (pattern, f"{glob.escape(str(tmp_path / folder))}/{pattern}"):
        matching = Pattern(written)
        assert {name for name in TREE if str(tmp_path / folder / name) in matching} == wanted


def test_a_pattern_with_many_folders_of_any_depth_is_told_soon() -> None:
    deep = "/" + "a/" * 60
    assert f"{deep}b.txt" in Pattern("/" + "**/a/" * 20 + "b.txt")
    assert f"{deep}b.txt" not in Pattern("/" + "**/a/" * 20 + "c.txt")


@pytest.fixture
def named(store: Store, articles: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Named:
    """Look for documents; the working folder is that of the articles, which are all gone."""
    prepares = functools.partial(prepare, settings=settings, embedder=FakeEmbedder())
    list(Update([str(articles)], Pages(settings)).run(store, prepares))
    shutil.rmtree(articles)
    articles.mkdir()
    monkeypatch.chdir(articles)

    def look(name: str) -> list[str]:
        found = documents_of(store, [name], Pages(settings), "news")
        return [str(Path(path).relative_to(articles)) for path in found[name]]

    return look


def test_a_document_a_folder_and_a_pattern_are_found_without_files(named: Named, articles: Path) -> None:
    assert named("a.txt") == named("./sub/../a.txt") == named(str(articles / "a.txt")) == ["a.txt"]
    assert named("sub") == named("sub/") == named("sub/*") == ["sub/c.txt"]
    assert named(".") == named("/") == named("**") == ["a.txt", "b.txt", "sub/c.txt"]
    assert named("*.txt") == ["a.txt", "b.txt"]


@pytest.mark.parametrize("name", ["c.txt", "su", "*.md", "", "\udcff.txt", "https://example.org/a"])
def test_what_is_not_there_is_named(named: Named, name: str) -> None:
    with pytest.raises(SourceError) as error:
        named(name)
    assert str(error.value) == f"{name}: not in the collection news; `qa list -c news` shows what is"
