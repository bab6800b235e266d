"""Collections brought up to date: what is done, what is left alone, what goes on after a stop."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from qa.collections import prepare as preparing
from qa.collections.prepare import prepare
from qa.collections.update import Done, Update
from qa.errors import SourceError, UsageError
from qa.index.prepare import Failed
from qa.index.stores.protocol import Store
from qa.settings import Settings
from qa.sources.fetch import Pages
from tests.conftest import FakeEmbedder

Run = Callable[..., tuple[Update, list[str]]]


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
def run(store: Store, settings: Settings, embedder: FakeEmbedder) -> Run:
    """Bring the collection up to date; gives the run, and what it said of each file."""

    def bring(*sources: Path | str, again: bool = False) -> tuple[Update, list[str]]:
        update = Update([str(s) for s in sources], Pages(settings), again=again)
        said = [
            f"{Path(o.source).name}: {o.error}"
            if isinstance(o, Failed)
            else f"{Path(o.document.document.source).name}: {o.state}"
            for o in update.run(store, functools.partial(prepare, settings=settings, embedder=embedder))
        ]
        return update, said

    return bring


@pytest.fixture
def was_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read."""
    names: list[str] = []

    def read(source: str, *rest: object) -> bytes:
        names.append(Path(source).name)
        return Path(source).read_bytes()

    monkeypatch.setattr(preparing, "read", read)
    return names


def counts(update: Update) -> tuple[int, int, int, int]:
    return update.indexed, update.changed, update.up_to_date, update.failed


def test_the_first_run_indexes_all_by_their_whole_paths(run: Run, articles: Path, store: Store) -> None:
    update, said = run(articles)
    assert said == ["a.txt: indexed", "b.txt: indexed", "c.txt: indexed"]
    assert counts(update) == (3, 0, 0, 0)
    assert [e.source for e in store.entries()] == [str(articles / n) for n in ("a.txt", "b.txt", "sub/c.txt")]
    assert store.document(str(articles / "a.txt")).text == (articles / "a.txt").read_text(encoding="utf-8")


def test_a_file_that_is_named_twice_or_from_elsewhere_is_one_document(
    run: Run, articles: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(articles)
    run("a.txt", articles / "a.txt", "sub/../a.txt")
    assert len(store) == 1


def test_the_second_run_reads_no_file(run: Run, articles: Path, was_read: list[str]) -> None:
    run(articles)
    was_read.clear()
    update, said = run(articles)
    assert (said, was_read, counts(update)) == ([], [], (0, 0, 3, 0))


def test_only_what_is_new_or_has_changed_is_done(
    run: Run, articles: Path, was_read: list[str], embedder: FakeEmbedder
) -> None:
    run(articles)
    was_read.clear()
    embedder.encoded.clear()
    (articles / "b.txt").write_text("Another text stands here.", encoding="utf-8")
    (articles / "d.txt").write_text("A new text stands here.", encoding="utf-8")
    update, said = run(articles)
    assert said == ["b.txt: changed", "d.txt: indexed"]
    assert was_read == ["b.txt", "d.txt"]
    assert embedder.encoded == ["Another text stands here.", "A new text stands here."]
    assert counts(update) == (1, 1, 2, 0)


def test_a_file_that_is_only_newer_is_read_once_and_not_embedded(
    run: Run, articles: Path, was_read: list[str], embedder: FakeEmbedder
) -> None:
    run(articles)
    embedder.encoded.clear()
    was_read.clear()
    os.utime(articles / "a.txt", ns=(1, 1))
    for _ in range(2):
        update, said = run(articles)
        assert (said, counts(update)) == ([], (0, 0, 3, 0))
    assert was_read == ["a.txt"]
    assert embedder.encoded == []


def test_again_does_all_anew(run: Run, articles: Path) -> None:
    run(articles)
    _, said = run(articles, again=True)
    assert said == ["a.txt: changed", "b.txt: changed", "c.txt: changed"]


def test_what_cannot_be_read_is_said_and_what_there_was_stays(run: Run, articles: Path, store: Store) -> None:
    run(articles)
    before = store.document(str(articles / "a.txt"))
    (articles / "a.txt").write_bytes(b"")
    (articles / "b.txt").write_text("Another text stands here.", encoding="utf-8")
    for _ in range(2):
        update, said = run(articles)
        assert "a.txt: " in said[-1]
        assert "is empty" in said[-1]
        assert update.failed == 1
    assert store.document(str(articles / "a.txt")) == before


def test_short_documents_are_embedded_together(
    run: Run, articles: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(40):
        (articles / f"{n:02}.txt").write_text(f"Number {n}.", encoding="utf-8")
    monkeypatch.setattr(preparing, "_TOGETHER", 20)
    sizes = []
    encode = FakeEmbedder.encode

    def counted(self: FakeEmbedder, texts: Sequence[str]) -> object:
        sizes.append(len(texts))
        return encode(self, texts)

    monkeypatch.setattr(FakeEmbedder, "encode", counted)
    update, _ = run(articles)
    assert update.indexed == 43
    assert sizes == [20, 20, 3]


def test_after_a_stop_the_rest_is_done(
    run: Run, articles: Path, store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "_TOGETHER", 1)
    update = Update([str(articles)], Pages(settings))
    outcomes = update.run(store, functools.partial(prepare, settings=settings, embedder=FakeEmbedder()))
    first = next(outcomes)
    assert isinstance(first, Done)
    del outcomes  # stopped here
    assert len(store) == 1
    update, said = run(articles)
    assert said == ["b.txt: indexed", "c.txt: indexed"]
    assert counts(update) == (2, 0, 1, 0)


def vanished(update: Update, store: Store) -> list[str]:
    return [Path(source).name for source in update.vanished(store)]


def test_what_has_vanished_of_what_was_named_is_said_and_stays(
    run: Run, articles: Path, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere.txt").write_text("Elsewhere.", encoding="utf-8")
    run(articles, tmp_path / "elsewhere.txt")
    for name in ("a.txt", "sub/c.txt"):
        (articles / name).unlink()
    (tmp_path / "elsewhere.txt").unlink()
    assert vanished(run(articles)[0], store) == ["a.txt", "c.txt"]
    assert vanished(run(articles / "*.txt")[0], store) == ["a.txt"]
    assert vanished(run(articles / "**" / "*.txt")[0], store) == ["a.txt", "c.txt"]
    assert vanished(run(articles / "b.txt")[0], store) == []
    assert len(store) == 4


def test_many_files_that_are_named_are_not_compared_with_every_document(
    run: Run, articles: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(articles)
    (articles / "a.txt").unlink()
    monkeypatch.setattr("qa.collections.named.fnmatchcase", None)
    assert vanished(run(articles / "b.txt", articles / "sub" / "c.txt")[0], store) == []


def test_what_is_named_must_be_there(run: Run, articles: Path, store: Store) -> None:
    with pytest.raises(SourceError, match="no such file or folder"):
        run(articles, articles / "none")
    with pytest.raises(UsageError, match="standard input"):
        run("-")
    assert len(store) == 0


def test_a_name_that_is_no_text_is_said(run: Run, articles: Path, store: Store) -> None:
    bad = Path(os.fsdecode(bytes(articles) + b"/\xff.txt"))
    try:
        bad.write_text("A text.", encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes no such name")
    update, said = run(articles)
    assert counts(update) == (3, 0, 0, 1)
    assert any("rename the file" in line for line in said)


def test_each_document_has_its_language(run: Run, articles: Path, store: Store) -> None:
    german = "Die Häuser wurden gestern von der Polizei durchsucht, sagte ein Sprecher der Behörde."
    (articles / "de.txt").write_text(german, encoding="utf-8")
    run(articles)
    assert {Path(e.source).name: e.language for e in store.entries()} == {
        "a.txt": "en", "b.txt": "en", "c.txt": "en", "de.txt": "de",
    }  # fmt: skip


def test_progress_counts_the_files(store: Store, articles: Path, settings: Settings) -> None:
    told: list[tuple[int, int]] = []
    update = Update([str(articles)], Pages(settings))
    prepares = functools.partial(prepare, settings=settings, embedder=FakeEmbedder())

    def progress(label: str, done: int, total: int) -> None:
        told.append((done, total))

    outcomes: Iterator[object] = update.run(store, prepares, progress)
    assert len(list(outcomes)) == 3
    assert told == [(3, 3)]
