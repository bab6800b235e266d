from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa.errors import SourceError
from qa.index.builder import IndexBuilder
from qa.server.library import sources as module
from qa.server.library.opened import Source
from qa.server.library.sources import Sources
from qa.server.refusals import RefusedError
from qa.settings import Settings
from tests.conftest import TEXT, FakeEmbedder
from tests.server.conftest import until

if TYPE_CHECKING:
    from qa.types import Vectors

Open = Callable[..., Sources]


@pytest.fixture
def opened(settings: Settings) -> Iterator[Open]:
    made: list[Sources] = []

    def start(*named: object, embedder: FakeEmbedder | None = None, wait: bool = True) -> Sources:
        made.append(Sources(settings, embedder or FakeEmbedder()))
        made[-1].start([str(n) for n in named])
        until(lambda: not wait or made[-1].settled())
        return made[-1]

    yield start
    for one in made:
        one.close()


def listed(sources: Sources) -> list[Source]:
    return list(sources.listed())


def named(sources: Sources, name: str) -> Source:
    return next(s for s in listed(sources) if s.name == name)


def test_folders_and_patterns_are_opened_and_a_file_twice_is_one_source(opened: Open, tmp_path: Path) -> None:
    for name in ("a.txt", "b.md", "c.txt"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    sources = opened(tmp_path, tmp_path / "*.txt", tmp_path / "a.txt")
    assert [s.name for s in listed(sources)] == ["a.txt", "b.md", "c.txt"]
    assert len({s.id for s in listed(sources)}) == sources.count() == 3
    assert sources.chosen(None) == tuple(s.source for s in listed(sources))


def test_what_cannot_be_read_fails_and_the_others_are_ready(
    opened: Open, article: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "empty.txt").write_bytes(b"")
    sources = opened(tmp_path / "missing.txt", tmp_path / "broken.pdf", tmp_path / "empty.txt", article)
    assert [s.status for s in listed(sources)] == ["failed"] * 3 + ["ready"]
    assert "no such file" in (listed(sources)[0].error or "")
    assert "is empty" in (named(sources, "empty.txt").error or "")
    assert len(caplog.messages) == 3
    with pytest.raises(RefusedError, match=r"not a valid \.pdf file") as refused:
        sources.chosen([named(sources, "broken.pdf").id])
    assert refused.value.status == 409
    assert sources.chosen(None) == (str(article),)


def test_a_source_that_failed_is_tried_again_when_its_file_is_another(opened: Open, tmp_path: Path) -> None:
    late = tmp_path / "late.txt"
    sources = opened(late)
    assert listed(sources)[0].status == "failed"
    late.write_text(TEXT, encoding="utf-8")
    until(lambda: listed(sources)[0].status == "ready")
    assert sources.text(listed(sources)[0].id).text == TEXT


class Halting(FakeEmbedder):
    """Stops after the first of its texts, until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_go_on = threading.Event(), threading.Event()

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        if progress:
            progress(1)
            self.begun.set()
            self.may_go_on.wait(20)
        return super().encode(texts, progress=progress)


def test_indexing_goes_on_in_the_background_and_tells_how_far_it_is(opened: Open, article: Path) -> None:
    sources = opened(article, embedder=(embedder := Halting()), wait=False)
    assert embedder.begun.wait(20)
    (source,) = listed(sources)
    assert (source.status, 0 < source.progress < 1, source.characters) == ("indexing", True, 0)
    assert not sources.settled()
    for ids in (None, [source.id]):
        with pytest.raises(RefusedError, match=r"indexed; ask again in a moment") as refused:
            sources.chosen(ids)
        assert (refused.value.status, refused.value.headers) == (409, {"Retry-After": "1"})
    embedder.may_go_on.set()
    until(sources.settled)
    assert listed(sources)[0].progress == 1.0


def test_a_file_that_is_removed_while_it_is_indexed_leaves_nothing(
    opened: Open, article: Path, settings: Settings
) -> None:
    sources = opened(embedder=(embedder := Halting()))
    with sources.uploads.receiving("a.txt") as incoming:
        incoming.write(TEXT.encode())
    assert incoming.upload
    source = sources.receive(incoming.upload)
    assert embedder.begun.wait(20)
    sources.remove(source.id)
    embedder.may_go_on.set()
    until(lambda: settings.index_dir.is_dir() and not [*settings.index_dir.glob("*/manifest.json")])
    assert not [*settings.uploads_dir.glob("*/*")]
    assert listed(sources) == []


def test_what_was_sent_is_there_after_a_new_start(opened: Open, article: Path) -> None:
    first = opened(article)
    with first.uploads.receiving("a report.txt") as incoming:
        incoming.write(TEXT.encode())
    assert incoming.upload
    sent = first.receive(incoming.upload)
    again = opened(article)
    assert [(s.name, s.uploaded) for s in listed(again)] == [(article.name, False), ("a report.txt", True)]
    assert listed(again)[1].id == sent.id
    assert again.count() == 2


def test_a_file_of_the_users_is_never_deleted(opened: Open, article: Path, settings: Settings) -> None:
    sources = opened(article)
    sources.remove(listed(sources)[0].id)
    assert article.read_text(encoding="utf-8") == TEXT
    assert len([*settings.index_dir.glob("*/manifest.json")]) == 1
    with pytest.raises(SourceError, match="is not open any more"):
        sources.opener(FakeEmbedder()).open([str(article)])


def test_a_file_that_changes_is_another_text_and_one_that_goes_has_failed(opened: Open, article: Path) -> None:
    sources = opened(article)
    opener, before = sources.opener(FakeEmbedder()), listed(sources)[0]
    (index,) = opener.open([str(article)])
    assert opener.open([str(article)]) == (index,)
    article.write_text("Peter closed it.", encoding="utf-8")
    (other,) = opener.open([str(article)])
    assert other.document.text == sources.text(before.id).text == "Peter closed it."
    assert listed(sources)[0].sha256 == other.document.sha256 != before.sha256
    article.unlink()
    with pytest.raises(SourceError, match="no such file"):
        opener.open([str(article)])
    assert listed(sources)[0].status == "failed"


def test_a_surprise_while_indexing_costs_that_source_alone(
    opened: Open, article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.txt"
    other.write_text(TEXT, encoding="utf-8")
    build = IndexBuilder.open

    def surprising(self: IndexBuilder, source: str, **options: object) -> object:
        if source == str(article):
            raise MemoryError("too much")
        return build(self, source, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(IndexBuilder, "open", surprising)
    sources = opened(article, other)
    assert [(s.status, s.error) for s in listed(sources)] == [
        ("failed", "bakery.txt: cannot be indexed: too much"),
        ("ready", None),
    ]


def test_the_direction_of_a_text_is_its_languages(opened: Open, tmp_path: Path) -> None:
    arabic = tmp_path / "a.txt"
    arabic.write_text("افتتح المخبز عام 1990. أسسته ماريا لوبيز في المدينة القديمة قرب النهر." * 5, encoding="utf-8")
    source = next(opened(arabic).listed())
    assert (source.language, source.direction) == ("ar", "rtl")


def test_there_is_an_end_to_what_can_be_sent(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = opened(embedder=(embedder := Halting()))
    monkeypatch.setattr(module, "_MOST_WAITING", 2)
    monkeypatch.setattr(module, "_MOST", 4)
    statuses = []
    for n in range(5):
        with sources.uploads.receiving(f"{n}.txt") as incoming:
            incoming.write(TEXT.encode())
        assert incoming.upload
        try:
            sources.make_room()
        except RefusedError as refusal:
            statuses.append(refusal.status)
        else:
            sources.receive(incoming.upload)
            assert embedder.begun.wait(20)
    assert statuses == [429, 429]
    embedder.may_go_on.set()
    until(lambda: sources.count() == 3)
    assert incoming.upload
    sources.receive(incoming.upload)
    with pytest.raises(RefusedError, match="4 files that were sent are open; remove one first"):
        sources.make_room()
