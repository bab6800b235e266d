"""The conformance suite: what every store of collections must do. Each test runs on each kind of store."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import overload

import msgspec
import numpy as np
import pytest

from qa.errors import IndexFolderError, UsageError
from qa.index.stores.open import collections, drop, open_store
from qa.index.stores.protocol import Listed, Prepared, Store
from qa.settings import Settings
from qa.types import Hit, Passage
from tests.index.stores.conftest import EMBEDDER, RECIPE, prepared

WORDS = "stone river cloud amber violet copper meadow lantern harbour thistle walnut garnet falcon barley".split()
BAKERY, MILL = "The bakery opened in 1990. Maria Lopez founded it.", "The mill closed. Its wheel rusts in the river."
WAIT = 20.0  # seconds after which a test that hangs fails


def random_documents(count: int) -> list[Prepared]:
    draw = random.Random(5)

    def sentence() -> str:
        return " ".join(draw.choices(WORDS, k=9)).capitalize() + "."

    texts = [" ".join(sentence() for _ in range(draw.randrange(1, 12))) for _ in range(count)]
    return [prepared(f"/a/{number:03}.txt", text) for number, text in enumerate(texts)]


def exact(documents: Sequence[Prepared], question: str) -> list[tuple[str, int, float]]:
    """Rank every passage by its cosine: source, start, cosine."""
    vector = EMBEDDER.encode([question])[0]
    scored = [
        (d.document.source, passage.span.start, float(row @ vector))
        for d in documents
        for passage, row in zip(d.passages, d.vectors, strict=True)
    ]
    return sorted(scored, key=lambda s: -s[2])


def search(store: Store, question: str, count: int, among: Sequence[str] | None = None, words: str = "") -> list[Hit]:
    return store.search(EMBEDDER.encode([question])[0], words, count, among)


@pytest.fixture
def store(where: Settings) -> Iterator[Store]:
    with open_store(where, "news", write=RECIPE) as opened:
        yield opened


def sources(store: Store) -> list[str]:
    return [entry.source for entry in store.entries()]


def test_what_is_put_is_listed_in_order_of_source(store: Store) -> None:
    names = ["/a/b.txt", "/a/Z.txt", "/a/é.txt", "/a/a.txt", "/a/b/c.txt"]
    store.put([prepared(name, BAKERY) for name in names])
    assert sources(store) == sorted(names)
    assert len(store) == len(names)
    (entry,) = store.entries(["/a/é.txt", "/a/none.txt"])
    put = prepared("/a/é.txt", BAKERY)
    assert entry.indexed > "2020"
    known = {
        "source": "/a/é.txt", "document_sha256": put.document.sha256, "file_sha256": "f" * 64, "size": put.size,
        "mtime_ns": 1, "language": "en", "characters": len(BAKERY), "passages": 1, "indexed": entry.indexed,
    }  # fmt: skip
    assert {name: getattr(entry, name) for name in known} == known


def test_more_documents_than_are_read_at_a_time_are_listed_once(store: Store) -> None:
    names = [f"/a/{n:04}.txt" for n in range(1203)]
    store.put([prepared(name, MILL) for name in names])
    assert sources(store) == names
    assert [e.source for e in store.entries(names[::2])] == names[::2]


def test_a_document_replaces_the_one_of_its_source(store: Store) -> None:
    store.put([prepared("/a/x.txt", BAKERY), prepared("/a/y.txt", MILL)])
    store.put([prepared("/a/x.txt", "The school has 40 pupils.")])
    assert len(store) == 2
    assert {hit.text for hit in search(store, "Who founded the bakery?", 9, words="Who founded the bakery?")} == {
        "The school has 40 pupils.",
        MILL,
    }


def test_the_later_of_two_of_one_source_stays(store: Store) -> None:
    store.put([prepared("/a/x.txt", BAKERY), prepared("/a/x.txt", MILL)])
    assert len(store) == 1
    assert store.document("/a/x.txt").text == MILL


def test_what_is_removed_is_found_no_more(store: Store) -> None:
    store.put([prepared("/a/x.txt", BAKERY), prepared("/a/y.txt", MILL)])
    store.remove(["/a/x.txt", "/a/never.txt"])
    assert sources(store) == ["/a/y.txt"]
    assert [hit.text for hit in search(store, "bakery", 5, words="bakery")] == [MILL]
    with pytest.raises(IndexFolderError, match=r"/a/x\.txt"):
        store.document("/a/x.txt")


def test_a_newer_file_of_the_same_content_is_noted(store: Store) -> None:
    store.put([prepared("/a/x.txt", BAKERY)])
    (entry,) = store.entries()
    store.touch([replace(entry, size=7, mtime_ns=99)])
    assert list(store.entries()) == [replace(entry, size=7, mtime_ns=99)]


@pytest.mark.parametrize("count", [1, 7, 40, 1000])
def test_search_by_meaning_is_exact(store: Store, count: int) -> None:
    documents = random_documents(40)
    store.put(documents[:25])
    store.put(documents[25:])
    for question in ("amber falcon", "stone stone river", "barley lantern walnut garnet"):
        hits = search(store, question, count)
        best = exact(documents, question)[:count]
        assert [hit.similarity for hit in hits] == pytest.approx([cosine for *_, cosine in best], abs=1e-3)
        cosines = {(source, start): cosine for source, start, cosine in exact(documents, question)}
        places = [(hit.document.source, hit.passage.span.start) for hit in hits]
        assert len(set(places)) == len(best)
        assert [cosines[p] for p in places] == pytest.approx([hit.similarity for hit in hits], abs=1e-3)


def test_search_among_some_is_exact_and_gives_as_many_as_asked_for(store: Store) -> None:
    documents = random_documents(40)
    store.put(documents)
    few = [documents[n] for n in (3, 17, 30)]
    there = sum(len(d.passages) for d in few)
    for question in ("amber falcon", "copper"):
        hits = search(store, question, there - 1, [d.document.source for d in few] + ["/a/never.txt"], words=question)
        assert len(hits) == there - 1
        assert {hit.document.source for hit in hits} <= {d.document.source for d in few}
        alone = search(store, question, there, [d.document.source for d in few])
        expected = [cosine for *_, cosine in exact(few, question)]
        assert [hit.similarity for hit in alone] == pytest.approx(expected, abs=1e-3)
    assert search(store, "amber", 5, [], words="amber") == []


def test_words_find_what_meaning_does_not(store: Store) -> None:
    store.put([*random_documents(40), prepared("/a/rare.txt", "Nobody expected zirconium there.")])
    hits = store.search(EMBEDDER.encode(["amber falcon"])[0], "Which zirconiums?", 5)
    assert "/a/rare.txt" in {hit.document.source for hit in hits}


def by_words(store: Store, question: str) -> list[Hit]:
    """Return what the words of a question find, best first: what is left of the scores without the other ranking."""
    numbers = np.random.default_rng(3).standard_normal(EMBEDDER.dimensions, dtype=np.float32)
    hits = store.search(numbers / np.linalg.norm(numbers), question, 1000)
    nearest = sorted(hits, key=lambda hit: -hit.similarity)
    left = [(hit.score - 1 / (60 + rank), hit) for rank, hit in enumerate(nearest, start=1)]
    return [hit for score, hit in sorted(left, key=lambda pair: -pair[0]) if score > 1e-6]


def test_a_rare_word_counts_more_than_a_frequent_one(store: Store) -> None:
    store.put(random_documents(40))
    store.put([prepared("/b/rare.txt", "Amber walnut zirconium stone river."), prepared("/b/x.txt", "Amber amber.")])
    found = by_words(store, "Amber, amber or zirconium?")
    assert found[0].document.source == "/b/rare.txt"
    assert all("amber" in hit.text.lower() for hit in found)


def test_a_word_counts_more_in_a_short_passage_and_where_it_is_repeated(store: Store) -> None:
    texts = ["Tin stone.", "Tin tin tin.", "Tin stone river cloud amber violet copper."]
    store.put([*random_documents(20), *(prepared(f"/b/{n}.txt", text) for n, text in enumerate(texts))])
    assert [hit.document.source for hit in by_words(store, "tin")] == ["/b/1.txt", "/b/0.txt", "/b/2.txt"]


def test_both_rankings_are_fused_and_the_cosine_is_said(store: Store) -> None:
    store.put([prepared("/a/x.txt", BAKERY), prepared("/a/y.txt", MILL)])
    first, second = search(store, "Maria Lopez founded bakery", 2, words="Maria Lopez founded bakery")
    assert first.text == BAKERY
    assert first.score == pytest.approx(2 / 61)
    assert second.score == pytest.approx(1 / 62)
    expected = float(EMBEDDER.encode(["Maria Lopez founded bakery"])[0] @ EMBEDDER.encode([BAKERY])[0])
    assert first.similarity == pytest.approx(expected, abs=1e-3)


def test_the_languages_of_all_documents_are_known(store: Store, where: Settings) -> None:
    assert list(store.languages()) == []
    store.put([*random_documents(60), prepared("/z/de.txt", "Die Häuser wurden gestrichen.", "de")])
    with open_store(where, "news") as reader:
        assert sorted(reader.languages()) == ["de", "en"]


def test_languages_mix(store: Store) -> None:
    store.put([*random_documents(20), prepared("/d/de.txt", "Die Häuser wurden gestrichen.", "de")])
    store.put([prepared("/d/zh.txt", "面包店于一九九零年开业。", "zh"), prepared("/d/en.txt", "She painted houses.")])
    for question, source in (("Welches Haus?", "/d/de.txt"), ("面包店", "/d/zh.txt"), ("Which house?", "/d/en.txt")):
        assert [hit.document.source for hit in by_words(store, question)] == [source]


def test_the_best_of_each_document_come_in_order(store: Store) -> None:
    documents = random_documents(12)
    store.put(documents)
    vector, question = EMBEDDER.encode(["amber falcon"])[0], "amber falcons"
    each = list(store.best_of_each(vector, question, 2))
    assert [hits[0].document.source for hits in each] == [d.document.source for d in documents]
    for hits in each:
        assert len({hit.document.source for hit in hits}) == 1
        assert hits == store.search(vector, question, 2, [hits[0].document.source])
    some = [documents[n].document.source for n in (7, 2)]
    assert [hits[0].document.source for hits in store.best_of_each(vector, question, 2, some)] == sorted(some)


def test_a_document_comes_back_as_it_was_put(store: Store) -> None:
    put = prepared("/a/x.txt", "One “quoted” line\x00.\n\nNaïve 🥐 café. " + BAKERY * 9)
    store.put([put])
    assert store.document("/a/x.txt") == put.document
    assert [(hit.document, hit.passage) for hit in store.passages("/a/x.txt")] == [
        (put.document, passage) for passage in put.passages
    ]


def test_nothing_can_be_put_and_nothing_read(store: Store, where: Settings) -> None:
    with open_store(where, "news") as reader:
        store.put([])
        store.remove([])
        store.touch([])
        assert (len(store), len(reader)) == (0, 0)
    with pytest.raises(IndexFolderError, match=r"/a/x\.txt: not in the collection news"):
        store.passages("/a/x.txt")
    with pytest.raises(IndexFolderError, match=r"/a/x\.txt: not in the collection news"):
        store.document("/a/x.txt")


def test_a_document_without_passages_has_no_hits(store: Store) -> None:
    empty = replace(prepared("/a/x.txt", BAKERY), passages=[], vectors=np.zeros((0, EMBEDDER.dimensions), np.float32))
    store.put([empty, prepared("/a/y.txt", MILL)])
    assert [hit.text for hit in search(store, "bakery", 5, words="bakery")] == [MILL]
    assert search(store, "bakery", 5, ["/a/x.txt"], words="bakery") == []
    assert store.passages("/a/x.txt") == []
    assert [len(hits) for hits in store.best_of_each(EMBEDDER.encode(["mill"])[0], "mill", 2)] == [0, 1]
    assert store.document("/a/x.txt") == empty.document
    store.remove(["/a/y.txt"])
    assert search(store, "bakery", 5, words="bakery") == []
    assert list(store.problems()) == []


def test_what_fails_in_the_middle_changes_nothing(store: Store, where: Settings) -> None:
    store.put([prepared("/a/x.txt", BAKERY)])
    bad = replace(prepared("/a/y.txt", MILL), vectors=np.zeros((1, 3), np.float32))
    with pytest.raises(ValueError, match=r"/a/y\.txt"):
        store.put([prepared("/a/x.txt", MILL), bad])
    with open_store(where, "news") as reader:
        for seen in (store, reader):
            assert [(e.source, e.characters) for e in seen.entries()] == [("/a/x.txt", len(BAKERY))]
            assert seen.document("/a/x.txt").text == BAKERY
    store.put([prepared("/a/y.txt", MILL)])
    assert len(store) == 2


def test_who_has_it_open_sees_the_last_commit(store: Store, where: Settings) -> None:
    with open_store(where, "news") as reader:
        assert search(reader, "bakery", 3, words="bakery") == []
        store.put([prepared("/a/x.txt", BAKERY)])
        assert [h.text for h in search(reader, "bakery", 3, words="bakery")] == [BAKERY]
        store.remove(["/a/x.txt"])
        assert search(reader, "bakery", 3, words="bakery") == []


class Slow(Sequence[Passage]):
    """Passages that take their time to be read, until they are let go."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self.reached, self.let_go = threading.Event(), threading.Event()

    def __len__(self) -> int:
        return len(self._passages)

    @overload
    def __getitem__(self, at: int) -> Passage: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Passage]: ...
    def __getitem__(self, at: int | slice) -> Passage | Sequence[Passage]:
        self.reached.set()
        assert self.let_go.wait(WAIT)
        return self._passages[at]


def test_a_reader_does_not_wait_for_a_writer(where: Settings) -> None:
    with open_store(where, "news", write=RECIPE) as first:
        first.put([prepared("/a/x.txt", BAKERY)])
    changed = prepared("/a/x.txt", MILL)
    slow = Slow(changed.passages)

    def write() -> None:
        with open_store(where, "news", write=RECIPE) as store:
            store.put([prepared("/a/y.txt", MILL), replace(changed, passages=slow)])

    with ThreadPoolExecutor() as pool, open_store(where, "news") as reader:
        writing = pool.submit(write)
        try:
            assert slow.reached.wait(WAIT)
            assert sources(reader) == ["/a/x.txt"]
            assert [h.text for h in search(reader, "bakery", 3, words="bakery")] == [BAKERY]
        finally:
            slow.let_go.set()
        writing.result(WAIT)
        assert sources(reader) == ["/a/x.txt", "/a/y.txt"]
        assert reader.document("/a/x.txt").text == MILL


def test_two_writers_at_once_lose_nothing(where: Settings) -> None:
    together = threading.Barrier(2)

    def write(folder: str) -> None:
        with open_store(where, "news", write=RECIPE) as store:
            together.wait(WAIT)
            for n in range(8):
                store.put([prepared(f"/{folder}/{n}.txt", f"Number {n} of {folder}."), prepared("/both.txt", folder)])

    with ThreadPoolExecutor() as pool:
        list(pool.map(write, ["a", "b"]))
    with open_store(where, "news") as store:
        assert sources(store) == [*(f"/a/{n}.txt" for n in range(8)), *(f"/b/{n}.txt" for n in range(8)), "/both.txt"]
        assert len(search(store, "number", 40, words="number")) == 17
        assert list(store.problems()) == []


def test_collections_are_apart_listed_and_deleted(where: Settings) -> None:
    assert list(collections(where)) == []
    for name in ("news", "a-1_b"):
        with open_store(where, name, write=RECIPE) as store:
            store.put([prepared(f"/{name}.txt", BAKERY + " " + MILL)])
    listed = [c for c in collections(where) if isinstance(c, Listed)]
    assert [(c.name, c.recipe, c.documents, c.passages) for c in listed] == [
        ("a-1_b", RECIPE, 1, 2),
        ("news", RECIPE, 1, 2),
    ]
    assert all(c.bytes > 0 for c in listed)
    drop(where, "news")
    assert [c.name for c in collections(where) if isinstance(c, Listed)] == ["a-1_b"]
    with open_store(where, "a-1_b") as store:
        assert sources(store) == ["/a-1_b.txt"]


def assert_removed(acts: Iterable[Callable[[], object]]) -> None:
    for act in acts:
        with pytest.raises(IndexFolderError, match=r"the collection has been removed$"):
            act()


def test_a_collection_that_is_removed_while_it_is_open_is_said(store: Store, where: Settings) -> None:
    store.put([prepared("/a/x.txt", BAKERY)])
    entries = list(store.entries())
    assert search(store, "bakery", 1, words="bakery")
    drop(where, "news")
    acts: list[Callable[[], object]] = [
        lambda: search(store, "bakery", 1, words="bakery"),
        lambda: list(store.best_of_each(EMBEDDER.encode(["bakery"])[0], "bakery", 1)),
        lambda: list(store.entries()),
        lambda: list(store.problems()),
        lambda: store.document("/a/x.txt"),
        lambda: store.passages("/a/x.txt"),
        store.languages,
        lambda: len(store),
        lambda: store.put([prepared("/a/y.txt", MILL)]),
        lambda: store.touch(entries),
        lambda: store.remove(["/a/x.txt"]),
    ]
    assert_removed(acts)


def test_one_made_anew_under_its_name_is_left_alone(store: Store, where: Settings) -> None:
    store.put([prepared("/a/x.txt", BAKERY)])
    entries = list(store.entries())
    drop(where, "news")
    with open_store(where, "news", write=RECIPE) as new:
        new.put([prepared("/a/x.txt", MILL)])
        acts: list[Callable[[], object]] = [
            lambda: search(store, "bakery", 1, words="bakery"),
            lambda: list(store.best_of_each(EMBEDDER.encode(["bakery"])[0], "bakery", 1)),
            lambda: store.put([prepared("/a/y.txt", MILL)]),
            lambda: store.touch(entries),
            lambda: store.remove(["/a/x.txt"]),
        ]
        assert_removed(acts)
        store.close()
        new.put([prepared("/a/y.txt", BAKERY)])
        assert sources(new) == ["/a/x.txt", "/a/y.txt"]
        assert [hit.document.source for hit in by_words(new, "mill")] == ["/a/x.txt"]
        assert list(new.problems()) == []
        with open_store(where, "news") as reader:
            assert sources(reader) == ["/a/x.txt", "/a/y.txt"]


def test_there_must_be_such_a_collection(where: Settings) -> None:
    for act in (lambda: open_store(where, "news"), lambda: drop(where, "news")):
        with pytest.raises(IndexFolderError, match="news: no such collection"):
            act()


@pytest.mark.parametrize("name", ["", "News", "-a", "a b", "../a", "a" * 64, "é"])
def test_a_bad_name_is_said(where: Settings, name: str) -> None:
    with pytest.raises(UsageError, match="not a name of a collection"):
        open_store(where, name, write=RECIPE)


def test_another_recipe_is_refused(store: Store, where: Settings) -> None:
    other = msgspec.structs.replace(RECIPE, passage_tokens=99)
    with pytest.raises(IndexFolderError, match=r"news: was indexed with passage_tokens 16, not 99.*qa remove -c news"):
        open_store(where, "news", write=other)
    assert store.recipe == RECIPE


def test_a_store_in_order_has_no_problems(store: Store) -> None:
    store.put(random_documents(5))
    store.remove(["/a/001.txt"])
    assert list(store.problems()) == []
