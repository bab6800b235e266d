"""The file of lists: when it is made, that it and what is beside it are one collection, and its damages."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import IndexFolderError
from qa.index.stores.embedded import nearest
from qa.index.stores.embedded.store import EmbeddedStore
from tests.index.stores.conftest import RECIPE, prepared
from tests.index.stores.test_protocol import exact, random_documents, search

QUESTION = "amber falcon"


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "_BESIDE", 100)


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.faiss"))


def test_few_passages_need_no_file(store: EmbeddedStore, folder: Path) -> None:
    store.put(random_documents(10))
    assert files(folder) == []


def test_lists_and_what_is_newer_are_searched_as_one(store: EmbeddedStore, folder: Path) -> None:
    documents = random_documents(60)
    store.put(documents[:50])
    (made,) = files(folder)
    store.put(documents[50:])
    assert files(folder) == [made]
    # Among the nearest lists there can be others than the nearest passages; all lists hold all.
    hits = search(store, QUESTION, 1000)
    assert [h.similarity for h in hits] == pytest.approx([c for *_, c in exact(documents, QUESTION)], abs=1e-3)
    few = search(store, QUESTION, 5)
    assert few[0].similarity == pytest.approx(exact(documents, QUESTION)[0][2], abs=0.1)
    assert list(store.problems()) == []


def test_what_was_removed_from_under_the_lists_takes_no_place(store: EmbeddedStore) -> None:
    documents = random_documents(60)
    store.put(documents)
    best = [source for source, *_ in exact(documents, QUESTION)]
    gone = list(dict.fromkeys(best))[:6]
    store.remove(gone)
    left = [d for d in documents if d.document.source not in gone]
    hits = search(store, QUESTION, 20)
    assert len(hits) == 20
    assert not {h.document.source for h in hits} & {*gone}
    everything = search(store, QUESTION, 1000)
    assert [h.similarity for h in everything] == pytest.approx([c for *_, c in exact(left, QUESTION)], abs=1e-3)


def test_the_file_is_made_anew_when_much_has_changed(store: EmbeddedStore, folder: Path) -> None:
    documents = random_documents(60)
    store.put(documents)
    (first,) = files(folder)
    store.put(documents[:40])  # what it held of these is in vain, and they are beside it
    second = {*files(folder)} - {first}
    assert len(second) == 1
    store.put([prepared("/b.txt", "One more.")])
    assert {*files(folder)} == second  # the one that was replaced has gone
    assert len(search(store, QUESTION, 1000)) == sum(len(d.passages) for d in documents) + 1
    store.remove([d.document.source for d in documents])
    store.remove(["/b.txt"])
    store.remove(["/never.txt"])
    assert files(folder) == []
    assert search(store, QUESTION, 5) == []


def test_who_has_it_open_goes_on_with_another_file(store: EmbeddedStore, folder: Path) -> None:
    documents = random_documents(60)
    store.put(documents)
    with EmbeddedStore.open(folder.parent, folder.name, None, seconds=1.0) as reader:
        before = search(reader, QUESTION, 30)
        store.put(documents)
        store.put([prepared("/b.txt", "One more.")])
        assert {h.text for h in search(reader, QUESTION, 1000)} >= {h.text for h in before}


def test_a_stop_before_the_commit_leaves_a_file_that_is_deleted_later(store: EmbeddedStore, folder: Path) -> None:
    store.put([prepared("/b.txt", "One more.")])
    (folder / "stopped.faiss").touch()
    store.put([prepared("/c.txt", "And more.")])
    assert files(folder) == []


@pytest.mark.parametrize("harm", ["missing", "not one"])
def test_a_damaged_file_is_said_and_made_again(folder: Path, harm: str) -> None:
    documents = random_documents(60)
    with EmbeddedStore.open(folder.parent, folder.name, RECIPE, seconds=1.0) as store:
        store.put(documents)
    (made,) = files(folder)
    made.unlink()
    if harm == "not one":
        made.write_bytes(b"another file")
    with EmbeddedStore.open(folder.parent, folder.name, None, seconds=1.0) as reader:
        assert [str(made) in line for line in reader.problems()] == [True]
        with pytest.raises(IndexFolderError, match="makes it again"):
            search(reader, QUESTION, 5)
    with EmbeddedStore.open(folder.parent, folder.name, RECIPE, seconds=1.0) as store:
        assert len(search(store, QUESTION, 1000)) == sum(len(d.passages) for d in documents)


def test_a_file_of_changed_bytes_is_found(store: EmbeddedStore, folder: Path) -> None:
    store.put(random_documents(60))
    (made,) = files(folder)
    changed = bytearray(made.read_bytes())
    changed[-1] ^= 1
    made.write_bytes(changed)
    assert [line.endswith("makes it again") for line in store.problems()] == [True]


def test_a_disk_that_is_full_is_said_and_the_documents_are_there(
    store: EmbeddedStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(nearest, "write_lists", full)
        with pytest.raises(IndexFolderError, match="No space left on device"):
            store.put(random_documents(60))
    assert files(folder) == []
    assert len(store) == 60
    assert len(search(store, QUESTION, 20)) == 20
    with EmbeddedStore.open(folder.parent, folder.name, RECIPE, seconds=1.0):
        assert len(files(folder)) == 1
