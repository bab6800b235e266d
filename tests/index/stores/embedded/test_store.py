"""What is the embedded store's alone: its files, their damages, stops between its parts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.errors import IndexFolderError
from qa.index.stores.embedded.catalogue import Catalogue
from qa.index.stores.embedded.folders import collections
from qa.index.stores.embedded.store import EmbeddedStore
from qa.index.stores.embedded.words import Words
from qa.index.stores.protocol import Prepared
from tests.index.stores.conftest import RECIPE, prepared
from tests.index.stores.test_protocol import BAKERY, MILL, by_words, search

FOUND = ["/a/x.txt"]


def opened(folder: Path, *, write: bool = False) -> EmbeddedStore:
    return EmbeddedStore.open(folder.parent, folder.name, RECIPE if write else None, seconds=1.0)


def change(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "catalogue.sqlite") as database:
        assert database.execute(statement).rowcount == 1
    database.close()


def found(store: EmbeddedStore, question: str = "Who founded the bakery?") -> list[str]:
    return [hit.document.source for hit in by_words(store, question)]


def test_to_write_nothing_makes_no_new_state(store: EmbeddedStore) -> None:
    before = store._catalogue.get("state")
    store.put([])
    store.touch([])
    store.remove([])
    assert store._catalogue.get("state") == before


def test_a_text_that_was_changed_is_not_shown(store: EmbeddedStore, folder: Path) -> None:
    store.put([prepared("/a/x.txt", BAKERY)])
    with sqlite3.connect(folder / "catalogue.sqlite") as database:
        database.execute("UPDATE texts SET text = CAST(replace(text, '1990', '1890') AS BLOB)")
    database.close()
    for act in (lambda: found(store), lambda: store.document("/a/x.txt"), lambda: store.passages("/a/x.txt")):
        with pytest.raises(IndexFolderError, match=r"/a/x\.txt: its text is not the one that was indexed"):
            act()


def test_a_stop_before_the_words_are_written_is_made_up_for(
    store: EmbeddedStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put([prepared("/a/y.txt", MILL)])
    with monkeypatch.context() as patched:
        patched.setattr(Words, "write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store.put([prepared("/a/x.txt", BAKERY)])
        with pytest.raises(KeyboardInterrupt):
            store.remove(["/a/y.txt"])
    with opened(folder) as reader:
        assert len(reader) == 1
        assert found(reader) == []  # by its words; by its meaning it is
        assert found(reader, "mill") == []
        assert len(list(reader.problems())) == 1
    with opened(folder, write=True) as again:
        assert found(again) == FOUND
        assert list(again.problems()) == []


def test_a_stop_before_it_is_noted_that_they_are_writes_no_word_twice(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Catalogue, "words_written", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store.put([prepared("/a/x.txt", BAKERY)])
    store.put([prepared("/a/y.txt", MILL)])
    assert found(store) == FOUND
    assert list(store.problems()) == []


def test_a_damaged_document_keeps_no_other_from_being_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(folder, write=True) as store:
        with monkeypatch.context() as patched:
            patched.setattr(Words, "write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                store.put([prepared("/a/w.txt", MILL), prepared("/a/x.txt", BAKERY), prepared("/a/y.txt", MILL)])
        change(folder, "UPDATE texts SET text = CAST('other' AS BLOB) WHERE id = 1")
        change(folder, "UPDATE places SET places = (SELECT places FROM places WHERE id = 2) WHERE id = 3")
    with opened(folder, write=True) as store:
        (hit,) = search(store, "bakery", 1, FOUND, words="bakery")
        assert hit.score == pytest.approx(2 / 61)  # by its words too
        (problem,) = store.problems()
        assert "words: has the words of 1 passages, not 3; unless a document is damaged" in problem
        store.put([prepared("/a/w.txt", MILL), prepared("/a/y.txt", MILL)])
        assert list(store.problems()) == []


@pytest.mark.parametrize("table", ["texts", "places", "vectors"])
def test_a_document_of_which_a_part_is_lost_is_said(store: EmbeddedStore, folder: Path, table: str) -> None:
    store.put([prepared("/a/x.txt", BAKERY), prepared("/a/y.txt", MILL)])
    change(folder, f"DELETE FROM {table} WHERE id = 1")
    with pytest.raises(
        IndexFolderError, match=r"^/a/x\.txt: what is kept of it is damaged; remove it, then index it again$"
    ):
        search(store, "bakery", 1, FOUND, words="bakery")


def many(count: int) -> list[Prepared]:
    return [prepared(f"/a/{n:04}.txt", f"House {n} was built by family {n * n}. " * 40) for n in range(count)]


@pytest.mark.parametrize("at", [0.3, 0.55, 0.8])
def test_a_page_that_is_damaged_is_said_in_one_line(folder: Path, at: float) -> None:
    with opened(folder, write=True) as store:
        store.put(many(200))
    path = folder / "catalogue.sqlite"
    with path.open("r+b") as file:
        file.seek(round(path.stat().st_size * at))
        file.write(b"\xff" * 100_000)
    acts: list[Callable[[EmbeddedStore], object]] = [
        lambda store: list(store.entries()),
        lambda store: search(store, "house", 40, words="house"),
    ]
    said: list[str] = []
    for act in acts:
        try:
            with opened(folder) as store:
                act(store)
        except IndexFolderError as error:
            said.append(str(error))
    assert said
    assert all("catalogue.sqlite: damaged (" in line for line in said)


def test_what_is_removed_is_not_left_in_the_file(folder: Path) -> None:
    def holding() -> list[Path]:
        return [path for path in folder.glob("catalogue.sqlite*") if b"irconium" in path.read_bytes()]

    with opened(folder, write=True) as store, opened(folder) as reader:
        store.put([prepared("/a/secret.txt", "Zirconium was found. " * 3000), prepared("/a/y.txt", MILL)])
        assert len(reader) == 2
        assert holding()
        store.remove(["/a/secret.txt"])
        assert holding() == []
        assert sum(path.stat().st_size for path in folder.glob("catalogue.sqlite*")) < 100_000
        assert len(reader) == 1


@pytest.mark.parametrize("harm", ["missing", "not one"])
def test_damaged_words_are_said_and_made_again(folder: Path, harm: str) -> None:
    with opened(folder, write=True) as store:
        store.put([prepared("/a/x.txt", BAKERY), prepared("/a/y.txt", MILL)])
    for path in (folder / "words").iterdir():
        path.unlink()
    if harm == "not one":
        (folder / "words" / "meta.json").write_text("{}", encoding="utf-8")
        with opened(folder) as reader, pytest.raises(IndexFolderError, match=r"words: damaged; the next .qa index -c"):
            found(reader)
    with opened(folder) as reader:
        assert [str(folder / "words") in line for line in reader.problems()] == [True]
    with opened(folder, write=True) as store:
        assert found(store) == FOUND
        assert list(store.problems()) == []


def test_what_is_no_catalogue_is_said(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "catalogue.sqlite").write_bytes(b"no database at all " * 99)
    for write in (False, True):
        with pytest.raises(IndexFolderError, match=r"damaged .*; `qa remove -c news`"):
            opened(folder, write=write)
    (only,) = collections(folder.parent)
    assert isinstance(only, IndexFolderError)


def test_one_of_another_version_is_said(folder: Path) -> None:
    with opened(folder, write=True):
        pass
    with sqlite3.connect(folder / "catalogue.sqlite") as database:
        database.execute("UPDATE meta SET value = 99 WHERE name = 'format'")
    database.close()
    with pytest.raises(IndexFolderError, match=r"another version of this program \(99\)"):
        opened(folder)


def test_a_stop_while_it_is_made_leaves_none(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "catalogue.sqlite").touch()
    assert list(collections(folder.parent)) == []
    with pytest.raises(IndexFolderError, match="no such collection"):
        opened(folder)
    with opened(folder, write=True) as store:
        store.put([prepared("/a/x.txt", BAKERY)])
        assert found(store) == FOUND


def test_a_writer_that_waits_too_long_gives_up(folder: Path) -> None:
    from qa.system.locks import held

    with opened(folder, write=True) as store, held(folder, 1.0):
        import threading

        said: list[str] = []

        def put() -> None:
            try:
                store.put([prepared("/a/x.txt", BAKERY)])
            except IndexFolderError as error:
                said.append(str(error))

        thread = threading.Thread(target=put)
        thread.start()
        thread.join(20.0)
        assert len(said) == 1
        assert "in use by another process" in said[0]
        assert len(store) == 0


def test_no_number_of_a_passage_is_used_twice(store: EmbeddedStore, folder: Path) -> None:
    for _ in range(2):
        store.put([prepared("/a/x.txt", BAKERY), prepared("/a/y.txt", MILL)])
        store.remove(["/a/x.txt", "/a/y.txt"])
    store.put([prepared("/a/x.txt", BAKERY)])
    with sqlite3.connect(folder / "catalogue.sqlite") as database:
        assert database.execute("SELECT id, first FROM documents").fetchall() == [(5, 4)]
    database.close()
