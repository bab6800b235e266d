"""What is PostgreSQL's own in its store: the graph of neighbours, words that are everywhere, damage."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import psycopg
import pytest

from qa.errors import IndexFolderError
from qa.index.stores.open import open_store
from qa.index.stores.postgres import queries, store
from qa.index.stores.postgres.store import PostgresStore
from qa.settings import Settings
from qa.types import Hit
from tests.index.stores.conftest import EMBEDDER, RECIPE, prepared

VECTOR = EMBEDDER.encode(["bakery"])[0]
MANY = 60
Run = Callable[[str], None]


@pytest.fixture
def news(database: str) -> Iterator[PostgresStore]:
    with open_store(Settings(store=database), "news", write=RECIPE) as opened:
        assert isinstance(opened, PostgresStore)
        yield opened


@pytest.fixture
def run(database: str) -> Run:
    def run(statement: str) -> None:
        with psycopg.connect(database) as connection:
            connection.execute("SET search_path TO qa_news, public")
            connection.execute(statement.encode())

    return run


def houses(count: int) -> list[str]:
    return [f"House {n} was built by family {n * n} in {1500 + n}." for n in range(count)]


def texts(hits: list[Hit]) -> list[str]:
    return [hit.text for hit in hits]


def plan(news: PostgresStore, *, among: bool) -> str:
    statement = queries.search(["passages"], ["hous"], among=among)
    known = {**queries.parameters(VECTOR, ["hous"], 3), "among": ["/a/1.txt"]}
    return "\n".join(str(line) for (line,) in news._database.read(f"EXPLAIN {statement}", known))


def test_many_vectors_are_searched_by_their_graph(
    news: PostgresStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_MANY", MANY)
    news.put([prepared(f"/a/{n}.txt", text) for n, text in enumerate(houses(MANY - 1))])
    assert "passages_vector" not in plan(news, among=False)
    questions = np.random.default_rng(3).standard_normal((20, EMBEDDER.dimensions), dtype=np.float32)
    exact = [texts(news.search(question, "", 5)) for question in questions]
    news.put([prepared("/a/none.txt", "The mill.")])
    news.remove(["/a/none.txt"])
    news._database.read("SELECT set_config('enable_seqscan', 'off', false)")  # so few are quicker without
    assert "passages_vector" in plan(news, among=False)
    assert "passages_vector" not in plan(news, among=True)
    assert [texts(news.search(question, "", 5)) for question in questions] == exact


def test_the_graph_gives_as_many_as_asked_for(news: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_MANY", 1)
    news.put([prepared(f"/a/{n}.txt", text) for n, text in enumerate(houses(400))])
    # Most of the graph's nodes are now of rows that are gone.
    news.remove([f"/a/{n}.txt" for n in range(400) if n % 4])
    news._database.read("SELECT set_config('enable_seqscan', 'off', false)")
    assert len(news.search(VECTOR, "", 100)) == 100


def test_a_graph_is_made_only_of_what_it_can_hold(news: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_MANY", 1)
    monkeypatch.setattr(store, "_MOST_DIMENSIONS", EMBEDDER.dimensions - 1)
    news.put([prepared("/a/x.txt", "The bakery opened.")])
    assert "passages_vector" not in plan(news, among=False)


@pytest.mark.parametrize(
    ("looked_at", "found"),
    [
        (10_000, {"The wheel of a house.", "The mill has a wheel.", "House 0 was built by family 0 in 1500."}),
        (2, {"The wheel of a house.", "The mill has a wheel."}),  # those with the rarer stem
        (1, {"The wheel of a house."}),  # even that is in too many, so those with both
    ],
)
def test_only_so_many_are_looked_at_for_their_words(
    news: PostgresStore, monkeypatch: pytest.MonkeyPatch, looked_at: int, found: set[str]
) -> None:
    news.put([prepared(f"/a/{n}.txt", "Near near near.") for n in range(12)])
    news.put([prepared(f"/b/{n:02}.txt", text) for n, text in enumerate(houses(20))])
    news.put([prepared("/c/mill.txt", "The mill has a wheel."), prepared("/c/x.txt", "The wheel of a house.")])
    monkeypatch.setattr(queries, "_LOOKED_AT", looked_at)
    hits = news.search(EMBEDDER.encode(["near"])[0], "Which house has a wheel?", 6)
    assert {hit.text for hit in hits} - {"Near near near."} == found


DAMAGE = {
    "DELETE FROM passages WHERE document = (SELECT id FROM documents WHERE source = '/a/y.txt')": [
        "/a/y.txt: has 0 passages of 1; remove it, then index it again",
        "2 passages are counted, and 1 are there",
        "the stem close is counted in 1 passages, and is in 0",
    ],
    "DELETE FROM documents WHERE source = '/a/x.txt'": ["1 passages are of no document"],
    "UPDATE stems SET passages = 7 WHERE stem = 'mill'": ["the stem mill is counted in 7 passages, and is in 1"],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(news: PostgresStore, run: Run, damage: str) -> None:
    news.put([prepared("/a/x.txt", "The bakery opened in 1990."), prepared("/a/y.txt", "The mill closed.")])
    assert list(news.problems()) == []
    run(damage)
    assert list(news.problems()) == DAMAGE[damage]


def test_no_quote_is_cut_from_a_text_that_was_changed(news: PostgresStore, run: Run) -> None:
    news.put([prepared("/a/x.txt", "The bakery opened in 1990.")])
    run("UPDATE documents SET text = 'The bakery opened in 1890.'")
    for read in (
        lambda: news.document("/a/x.txt"),
        lambda: news.passages("/a/x.txt"),
        lambda: news.search(VECTOR, "bakery", 1),
        lambda: list(news.best_of_each(VECTOR, "bakery", 1)),
    ):
        with pytest.raises(IndexFolderError, match=r"/a/x\.txt: its text in the store is not the one that was put"):
            read()


@pytest.mark.parametrize("places", ["{0,27}", "{5,5}", "{0}", "{}", "{-1,4}"])
def test_no_quote_is_cut_where_the_text_is_not(news: PostgresStore, run: Run, places: str) -> None:
    news.put([prepared("/a/x.txt", "The bakery opened in 1990.")])
    run(f"UPDATE passages SET sentences = '{places}'")
    reads: list[Callable[[], object]] = [lambda: news.passages("/a/x.txt"), lambda: news.search(VECTOR, "bakery", 1)]
    for read in reads:
        with pytest.raises(IndexFolderError, match=r"/a/x\.txt: its passages in the store are no places in its text"):
            read()


def test_of_a_document_that_lacks_passages_the_others_are_read(news: PostgresStore, run: Run) -> None:
    put = prepared("/a/x.txt", "The bakery opened in 1990. " * 9)
    news.put([put])
    run("DELETE FROM passages WHERE number = 0")
    assert [hit.passage for hit in news.passages("/a/x.txt")] == put.passages[1:]
    assert len(news.search(VECTOR, "bakery", 9)) == len(put.passages) - 1


def test_counts_follow_what_is_replaced_and_removed(news: PostgresStore) -> None:
    news.put([prepared("/a/x.txt", "Tin tin. " * 20), prepared("/a/y.txt", "Tin and copper.")])
    news.put([prepared("/a/x.txt", "Copper.")])
    assert news._database.read("SELECT stem, passages FROM stems ORDER BY stem") == [("copper", 2), ("tin", 1)]
    assert news._database.read("SELECT passages FROM collection") == [(2,)]
    news.remove(["/a/x.txt", "/a/y.txt"])
    assert news._database.read("SELECT * FROM stems") == []
    assert news._database.read("SELECT passages FROM collection") == [(0,)]
    assert list(news.problems()) == []
