"""Collections on the command line: indexed, listed, pruned, removed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from qa.settings import Settings
from tests.conftest import FakeEmbedder

pytestmark = pytest.mark.usefixtures("_fake_models")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.txt").write_text(f"This is the article {name}.", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_collection_is_brought_up_to_date(qa: Run, articles: Path) -> None:
    status, out, err = qa("index", "-c", "news", "articles")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "articles/a.txt: indexed, 1 passages, 22 characters",
        "articles/b.txt: indexed, 1 passages, 22 characters",
        "news: 2 documents: 2 indexed, 0 changed, 0 up to date",
    ]
    (articles / "a.txt").unlink()
    (articles / "b.txt").write_text("Another text.", encoding="utf-8")
    (articles / "c.txt").touch()
    status, out, err = qa("index", "-c", "news", "articles")
    assert status == 1
    assert out == (
        "articles/b.txt: changed, 1 passages, 13 characters\n"
        "news: 2 documents: 0 indexed, 1 changed, 0 up to date, 1 vanished (kept; --prune removes them), 1 failed\n"
    )
    assert [line.split(": ")[1] for line in err.splitlines()] == [
        "articles/c.txt", "articles/a.txt", "1 of the sources could not be indexed",
    ]  # fmt: skip
    (articles / "c.txt").unlink()
    status, out, _ = qa("index", "-c", "news", "articles", "--prune")
    assert (status, out) == (
        0, "news: 1 documents: 0 indexed, 0 changed, 1 up to date, 1 vanished (removed)\n",
    )  # fmt: skip
    assert qa("index", "-c", "news", "articles", "-q") == (0, "", "")


def test_that_documents_in_other_languages_are_found_by_their_words_is_said_once(
    qa: Run, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    german = "Die Häuser wurden gestern von der Polizei durchsucht, sagte ein Sprecher der Behörde."
    monkeypatch.setattr(FakeEmbedder, "in_language", lambda *_: SimpleNamespace(multilingual=True))
    for name in ("c", "d"):
        (articles / f"{name}.txt").write_text(german, encoding="utf-8")
    said = (
        "qa: news: documents in other languages than English (de) are found by their words alone; "
        "by their meaning too in a collection of another name, made with `--embedder multilingual`\n"
    )
    assert qa("index", "-c", "news", "articles")[2] == said
    assert qa("index", "-c", "news", "articles")[2] == ""
    monkeypatch.setattr(FakeEmbedder, "multilingual", True)
    assert qa("index", "-c", "news", "articles", "--again")[2] == ""


def test_a_collection_keeps_the_embedder_for_all_languages(
    qa: Run, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(settings: Settings) -> FakeEmbedder:
        embedder = FakeEmbedder()
        embedder.name = "multilingual-e5-small" if settings.embedder == "multilingual" else "bag-of-words"
        return embedder

    monkeypatch.setattr("qa.models.select.load_embedder", load)
    assert qa("index", "-c", "news", "articles", "--embedder", "multilingual")[0] == 0
    assert qa("index", "-c", "news", "articles")[1] == "news: 2 documents: 0 indexed, 0 changed, 2 up to date\n"
    assert qa("index", "-c", "others", "articles")[0] == 0
    status, _, err = qa("index", "-c", "others", "articles", "--embedder", "multilingual")
    assert status == 1
    assert "was indexed with embedder bag-of-words, not multilingual-e5-small" in err


def test_collections_are_listed_after_the_indexes(qa: Run, articles: Path) -> None:
    qa("index", articles / "a.txt")
    qa("index", "-c", "news", "articles")
    lines = qa("list")[1].splitlines()
    assert str(articles / "a.txt") in lines[1]
    assert lines[-1].startswith("collection news: 2 documents, 2 passages, ")
    index, collection = json.loads(qa("list", "--json")[1])
    assert index["source"] == str(articles / "a.txt")
    assert (collection["collection"], collection["documents"], collection["passages"]) == ("news", 2, 2)
    assert collection["recipe"]["embedder"] == "bag-of-words"


def test_the_indexes_are_listed_also_where_the_database_is_not_there(qa: Run, articles: Path) -> None:
    qa("index", articles / "a.txt")
    status, out, _ = qa("list", "--store", "postgresql://me:sesame@localhost:1/news")
    assert status == 0
    assert str(articles / "a.txt") in out.splitlines()[1]
    assert "cannot be reached" in out.splitlines()[2]
    assert "sesame" not in out


def test_a_list_names_the_database_that_it_is_of(qa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = SimpleNamespace(name="news", documents=2, passages=2, bytes=9)
    address = "postgresql://me:sesame@localhost:1/news"
    for there, line in (([found], " in postgresql://me:***@localhost:1/news\n"), ([], "qa: no collection in ")):
        monkeypatch.setattr("qa.index.stores.open.collections", lambda _, there=there: iter(there))
        assert line in "".join(qa("list", "--store", address)[1:])


def test_a_purge_counts_collections_and_says_what_it_does_not_touch(
    qa: Run, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("news", "olds"):
        qa("index", "-c", name, "articles")
    monkeypatch.setenv("QA_STORE", "postgresql://me:sesame@localhost:1/news")
    _, out, _ = qa("purge")
    assert "collections: 2 in " in out
    assert "not touched: the collections in postgresql://me:***@localhost:1/news; " in out


def test_the_documents_of_a_collection_are_listed(qa: Run, articles: Path) -> None:
    qa("index", "-c", "news", "articles")
    first, second = qa("list", "-c", "news")[1].splitlines()
    assert first.startswith("articles/a.txt: en, 1 passages, 22 characters, 20")
    assert second.startswith("articles/b.txt: ")
    assert [e["source"] for e in json.loads(qa("list", "-c", "news", "--json")[1])] == [
        str(articles / "a.txt"),
        str(articles / "b.txt"),
    ]


def test_documents_or_all_of_a_collection_are_removed(qa: Run, articles: Path) -> None:
    qa("index", "-c", "news", "articles")
    assert qa("remove", "-c", "news", "articles/a.txt")[:2] == (0, "removed articles/a.txt\n")
    status, _, err = qa("remove", "-c", "news", "articles/b.txt", "articles/a.txt")
    assert (status, err) == (1, "qa: articles/a.txt: not in the collection news; `qa list -c news` shows what is\n")
    assert qa("list", "-c", "news")[1].startswith("articles/b.txt")
    assert qa("remove", "-c", "news")[:2] == (0, "removed news\n")
    assert "no index in" in qa("list")[2]
    assert qa("list", "-c", "news")[0] == 1
    assert (articles / "b.txt").exists()


def test_the_documents_of_a_folder_that_is_gone_are_removed(qa: Run, articles: Path) -> None:
    qa("index", "-c", "news", "articles")
    for path in articles.iterdir():
        path.unlink()
    status, _, err = qa("index", "-c", "news", "articles", "--prune")
    assert (status, err.count("\n")) == (1, 1)
    assert err.endswith("; `qa remove -c news FOLDER` removes what was in a folder\n")
    articles.rmdir()
    status, _, err = qa("index", "-c", "news", "articles", "--prune")
    assert (status, err) == (
        1, "qa: articles: no such file or folder; `qa remove -c news FOLDER` removes what was in a folder\n"
    )  # fmt: skip
    assert qa("remove", "-c", "news", "articles/")[:2] == (0, "removed articles/: 2 documents\n")
    assert qa("list", "-c", "news")[:2] == (0, "")


def test_what_is_kept_is_for_its_owner_alone_and_is_purged(qa: Run, articles: Path, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        qa("index", "-c", "news", "articles")
    finally:
        os.umask(before)
    kept = [*(tmp_path / "home").rglob("*")]
    assert {"news", "catalogue.sqlite", "words"} <= {p.name for p in kept}
    assert [p for p in kept if p.stat().st_mode & 0o077] == []
    assert "collections: 1 in" in qa("purge", "--yes")[1]
    assert [p.name for p in (tmp_path / "home").rglob("*") if p.is_file()] == []
    assert (articles / "a.txt").exists()


def test_a_file_where_the_folder_should_be_is_said(qa: Run, articles: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "collections").touch()
    status, _, err = qa("index", "-c", "news", "articles")
    assert status == 1
    assert err.count("\n") == 1
    assert str(tmp_path / "home" / "collections") in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("index", "-c", "News", "articles"), "not a name of a collection"),
        (("index", "-c", "", "articles"), "'': not a name of a collection"),
        (("list", "-c", ""), "'': not a name of a collection"),
        (("remove", "-c", "", "articles/a.txt"), "'': not a name of a collection"),
        (("serve", "-c", "", "--port", "0", "--no-browser"), "'': not a name of a collection"),
        (("index", "-c", "news", "none"), "none: no such file or folder"),
        (("index", "-c", "news", "-"), "standard input"),
        (("index", "--prune", "articles"), "name it with -c"),
        (("remove",), "a collection with -c"),
        (("index", "-c", "news", "articles", "--store", "mysql://a"), "postgresql://"),
    ],
)
def test_what_is_wrong_is_one_line(qa: Run, articles: Path, arguments: tuple[str, ...], said: str) -> None:
    status, out, err = qa(*arguments)
    assert status in {1, 2}
    assert out == ""
    assert err.count("\n") == 1
    assert said in err
    assert "no index" in qa("list")[2]  # and nothing was made
