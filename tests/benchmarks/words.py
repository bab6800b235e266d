"""How well words find a passage in PostgreSQL: ``python -m tests.benchmarks.words POOL``.

POOL is a file of JSON lines, compressed with gzip, each with a ``question``, a ``context`` and ``answers``. The
contexts are cut into passages. For each ranking: in how many of a hundred questions the first, or one of the first 5 or
20, is a passage of the question's context with its answer.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from qa.index.keywords import WordIndex, stems_asked
from qa.index.stores.open import open_store
from qa.index.stores.postgres import queries
from qa.index.stores.postgres.store import PostgresStore
from qa.index.stores.protocol import Prepared
from qa.settings import Settings
from qa.types import Document, Passage, Span
from tests.benchmarks.postgres import A_PUT, RECIPE, rows_of
from tests.databases import servers

QUESTIONS, FIRST = 2000, (1, 5, 20)
WORDS = 60  # in a passage
SEED = 5
_Found = list[tuple[int, int]]  # number of the context, of the passage in it


def main(pool: Path) -> None:
    rows = rows_of(pool)
    contexts = list(dict.fromkeys(row["context"] for row in rows))
    pieces = [_pieces(context) for context in contexts]
    numbers = {context: number for number, context in enumerate(contexts)}
    asked: list[tuple[str, set[tuple[int, int]]]] = []
    for row in random.Random(SEED).sample(rows, len(rows)):
        n = numbers[row["context"]]
        right = {
            (n, p) for p, s in enumerate(pieces[n]) if row["answerable"] and row["answers"][0] in s.of(contexts[n])
        }
        asked += [(row["question"], right)] if right and len(asked) < QUESTIONS else []
    with tempfile.TemporaryDirectory() as folder, servers() as some:
        settings = Settings(store=some.start("shared_buffers = 1GB").address())
        with open_store(settings, "news", write=RECIPE) as store:
            assert isinstance(store, PostgresStore)
            documents = list(_documents(contexts, pieces))
            for start in range(0, len(documents), A_PUT):
                store.put(documents[start : start + A_PUT])
            for name, find in rankings(store, Path(folder), contexts, pieces).items():
                found = [(find(question), right) for question, right in asked]
                shares = [sum(not right.isdisjoint(f[:first]) for f, right in found) / len(asked) for first in FIRST]
                print(json.dumps({"ranking": name, **{str(n): 100 * s for n, s in zip(FIRST, shares, strict=True)}}))


def rankings(
    store: PostgresStore, folder: Path, contexts: list[str], pieces: list[list[Span]]
) -> dict[str, Callable[[str], _Found]]:
    """Return what finds the first passages by the words of a question: tantivy's BM25, and two ways in PostgreSQL."""
    places = [(n, p) for n, spans in enumerate(pieces) for p in range(len(spans))]
    index = WordIndex(folder, "en")
    index.write(pieces[n][p].of(contexts[n]) for n, p in places)
    plain = "ts_rank(stems, (SELECT query FROM looked_for))"

    def bm25(question: str) -> _Found:
        return [places[number] for number, _ in index.search(question, FIRST[-1])]

    def ranked(question: str, score: str | None = None) -> _Found:
        stems = stems_asked(question, ["en"])
        statement = (
            f"WITH {queries._ASKED} SELECT source, number FROM passages JOIN documents ON id = document "
            f"WHERE stems @@ (SELECT query FROM looked_for) ORDER BY {score or queries._words(stems)} DESC, id, number "
            f"LIMIT {FIRST[-1]}"
        )
        known = queries.parameters(np.zeros(0, np.float32), stems, FIRST[-1])
        return [(int(source), number) for source, number in store._database.read(statement, known)]

    return {
        "BM25, tantivy": bm25,
        "ts_rank": lambda question: ranked(question, plain),
        "ts_rank with idf and length": ranked,
    }


def _pieces(context: str) -> list[Span]:
    words = context.split(" ")
    ends = np.cumsum([len(word) + 1 for word in words]).tolist()
    starts = [0, *ends]
    bounds = [(starts[n], ends[min(n + WORDS, len(words)) - 1] - 1) for n in range(0, len(words), WORDS)]
    return [Span(start, end) for start, end in bounds if start < end]


def _documents(contexts: list[str], pieces: list[list[Span]]) -> Iterator[Prepared]:
    for number, (context, spans) in enumerate(zip(contexts, pieces, strict=True)):
        vectors = np.ones((len(spans), 1), np.float32)
        passages = [Passage(span, (span,)) for span in spans]
        yield Prepared(Document.from_text(str(number), context), passages, vectors, "f" * 64, len(context), 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
