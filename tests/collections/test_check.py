"""A collection compared with its files and with itself."""

from __future__ import annotations

import functools
import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from qa.collections.check import check, since_indexed
from qa.collections.prepare import prepare
from qa.collections.update import Update
from qa.index.stores.protocol import Store
from qa.settings import Settings
from qa.sources.fetch import Pages
from tests.conftest import FakeEmbedder


@pytest.fixture
def filled(store: Store, articles: Path, settings: Settings) -> Store:
    prepares = functools.partial(prepare, settings=settings, embedder=FakeEmbedder())
    list(Update([str(articles)], Pages(settings)).run(store, prepares))
    return store


def found(store: Store) -> list[tuple[str, str]]:
    return [(Path(d.source).name, d.kind) for d in check(store, "news")]


def test_nothing_differs(filled: Store) -> None:
    assert found(filled) == []


def test_files_that_are_gone_or_others_are_found(filled: Store, articles: Path) -> None:
    (articles / "a.txt").unlink()
    (articles / "b.txt").write_text("Another text.", encoding="utf-8")
    (articles / "sub" / "c.txt").unlink()
    (articles / "sub" / "c.txt").mkdir()
    assert found(filled) == [("a.txt", "missing"), ("b.txt", "changed"), ("c.txt", "unreadable")]


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE texts SET text = CAST(replace(text, 'article b', 'article x') AS BLOB) WHERE id = 2",
        "UPDATE texts SET about = substr(about, 2) WHERE id = 2",
        "UPDATE places SET places = substr(places, 1, 9) WHERE id = 2",
        "UPDATE places SET places = CAST(substr(places, 1, 16) || x'ff000000' AS BLOB) WHERE id = 2",
    ],
    ids=["text", "about", "cut off", "out of the text"],
)
def test_what_is_damaged_in_the_store_is_found(filled: Store, tmp_path: Path, harm: str) -> None:
    with sqlite3.connect(tmp_path / "collections" / "news" / "catalogue.sqlite") as database:
        assert database.execute(harm).rowcount == 1
    database.close()
    assert found(filled) == [("b.txt", "damaged")]


def test_each_difference_names_its_way_out(
    filled: Store, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(articles.parent)
    (articles / "a.txt").unlink()
    path = articles / "b.txt"
    status, text = path.stat(), path.read_text(encoding="utf-8")
    path.write_text(text.replace("b", "x"), encoding="utf-8")
    (articles / "sub" / "c.txt").write_text("Another text.", encoding="utf-8")
    said = [difference.detail for difference in check(filled, "news")]
    assert said[0] == "its file is gone; `qa remove -c news articles/a.txt` removes it"
    assert said[1].endswith("; `qa index -c news articles/b.txt` brings it up to date")
    # As old and as long as before, it would be passed over.
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    said = [difference.detail for difference in check(filled, "news")]
    assert said[1].endswith("; `qa index -c news --again articles/b.txt` brings it up to date")
    with sqlite3.connect(tmp_path / "collections" / "news" / "catalogue.sqlite") as database:
        database.execute("UPDATE texts SET about = substr(about, 2) WHERE id = 3")
    database.close()
    *_, damaged = check(filled, "news")
    assert (damaged.kind, damaged.detail.partition("; ")[2]) == ("damaged", "remove it, then index it again")


def test_a_document_says_nothing_where_its_folder_is_not(filled: Store, articles: Path) -> None:
    entries = list(filled.entries())
    assert [since_indexed(entry, "news") for entry in entries] == ["", "", ""]
    (articles / "a.txt").unlink()
    shutil.rmtree(articles / "sub")
    gone, same, elsewhere = (since_indexed(entry, "news") for entry in entries)
    assert gone.startswith("its file is gone; `qa remove -c news ")
    assert (same, elsewhere) == ("", "")
    unreachable = replace(entries[0], source=f"/{'x' * 300}/a.txt")
    assert since_indexed(unreachable, "news") == ""


def test_what_the_store_says_of_itself_comes_first(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(filled), "problems", lambda _: iter(["the words are too few"]))
    (only,) = check(filled, "news")
    assert (only.source, only.kind, only.detail) == ("", "store", "the words are too few")


def test_progress_counts_the_documents(filled: Store) -> None:
    told: list[tuple[int, int]] = []
    list(check(filled, "news", lambda _, done, total: told.append((done, total))))
    assert told == [(1, 3), (2, 3), (3, 3)]
