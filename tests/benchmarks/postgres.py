"""A collection in PostgreSQL: ``python -m tests.benchmarks.postgres POOL``; writes docs/benchmarks/postgres.json.

POOL is a file of JSON lines, compressed with gzip, with a ``question`` and a ``context`` each. Passages are pieces of
the contexts, and after them words drawn from them; the vectors of the first 50,000 are real, and further ones are drawn
around those; questions are real.
"""

from __future__ import annotations

import argparse
import gzip
import random
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from qa.index.manifest import Recipe
from qa.index.stores.open import collections, open_store
from qa.index.stores.protocol import Listed, Prepared, Store
from qa.models.select import load_embedder
from qa.settings import Settings, load_settings
from qa.types import Document, Passage, Span
from tests.benchmarks.archive import around
from tests.benchmarks.measure import ROOT, median
from tests.databases import Servers, servers
from tests.torture.archive import spread, standby

if TYPE_CHECKING:
    from qa.types import Vectors

OUT = ROOT / "docs" / "benchmarks" / "postgres.json"
OPTIONS = ("shared_buffers = 1GB", "maintenance_work_mem = 1GB", "max_wal_size = 4GB")
RECIPE = Recipe(embedder="bench", embedder_sha256="", language="auto", passage_tokens=100, overlap_sentences=1)
A_DOCUMENT, A_PUT = 20, 100  # passages, documents
WORDS_A_PASSAGE = 60
REAL, QUESTIONS, NEAREST = 50_000, 50, 10
TIMES, SECONDS = 5, 2.0  # that a standby takes over, and between
SEED = 5


class Pool:
    """Texts, vectors and questions to make collections of any size from."""

    def __init__(self, path: Path, most: int) -> None:
        rows = rows_of(path)
        draw = random.Random(SEED)
        self.questions = [row["question"] for row in draw.sample(rows, QUESTIONS)]
        self._contexts = list(dict.fromkeys(row["context"] for row in rows))
        draw.shuffle(self._contexts)
        embedder = load_embedder(load_settings().settings)
        self.asked = embedder.encode(self.questions)
        self._real = embedder.encode(list(islice(self._texts(), min(REAL, most))))

    def documents(self, passages: int) -> Iterator[Prepared]:
        """Make documents of 20 passages each."""
        texts, further = self._texts(), max(0, passages - len(self._real))
        vectors = np.concatenate([self._real[:passages], around(self._real, further)])
        for start in range(0, passages, A_DOCUMENT):
            pieces = list(islice(texts, A_DOCUMENT))
            ends = np.cumsum([len(piece) + 1 for piece in pieces]).tolist()
            spans = [Span(end - 1 - len(piece), end - 1) for piece, end in zip(pieces, ends, strict=True)]
            text = "\n".join(pieces)
            document = Document.from_text(source_of(start // A_DOCUMENT), text)
            rows = vectors[start : start + A_DOCUMENT]
            yield Prepared(document, [Passage(s, (s,)) for s in spans], rows, "f" * 64, len(text), 1)

    def _texts(self) -> Iterator[str]:
        for context in self._contexts:
            words = context.split()
            for start in range(0, len(words), WORDS_A_PASSAGE):
                yield " ".join(words[start : start + WORDS_A_PASSAGE])
        draw, words = random.Random(SEED), " ".join(self._contexts[:1000]).split()
        while True:
            yield " ".join(draw.choices(words, k=WORDS_A_PASSAGE))


def rows_of(pool: Path) -> list[dict[str, Any]]:
    """Read the lines of a pool."""
    with gzip.open(pool) as file:
        return [msgspec.json.decode(line) for line in file]


def source_of(number: int) -> str:
    return f"/archive/{number:07}.txt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pool", type=Path, metavar="POOL")
    parser.add_argument("--passages", type=int, nargs="+", default=[20_000, 50_000, 1_000_000])
    arguments = parser.parse_args()
    pool = Pool(arguments.pool, max(arguments.passages))
    made: dict[str, Any] = {"sizes": []}
    for passages in arguments.passages:
        with servers() as some:
            made["sizes"].append(of_size(pool, some, passages))
        print(made["sizes"][-1], flush=True)
    made["standby"] = {"times": TIMES, **standby(TIMES, SECONDS)}
    print(made["standby"], flush=True)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_bytes(msgspec.json.format(msgspec.json.encode(made)) + b"\n")


def of_size(pool: Pool, some: Servers, passages: int) -> dict[str, Any]:
    """Fill a collection on one server, ask it, spread it over two more, and ask again."""
    server = some.start(*OPTIONS)
    settings = Settings(store=server.address())
    documents = pool.documents(passages)
    began = time.perf_counter()
    with open_store(settings, "news", write=RECIPE) as store:
        while put := list(islice(documents, A_PUT)):
            store.put(put)
        made: dict[str, Any] = {"passages": passages, "put_s": time.perf_counter() - began}
        server.run("VACUUM ANALYZE")
        (listed,) = (c for c in collections(settings) if isinstance(c, Listed))
        made["bytes_a_passage"] = listed.bytes / passages
        made["one_server"] = asked(pool, store)
    parts = [some.start(*OPTIONS) for _ in range(2)]
    began = time.perf_counter()
    spread(server, parts, pool.asked.shape[1])
    made["spread_s"] = time.perf_counter() - began
    with open_store(settings, "news") as store:
        made["two_shards"] = asked(pool, store)
    return made


def asked(pool: Pool, store: Store) -> dict[str, float]:
    """Return milliseconds a question by kind, and the share of the nearest passages that are found."""
    count = len(store)
    exact = [store.search(v, "", NEAREST, [source_of(n) for n in range(count)]) for v in pool.asked[:10]]
    found = [{(h.document.source, h.passage) for h in store.search(v, "", NEAREST)} for v in pool.asked[:10]]
    shared = sum((h.document.source, h.passage) in f for e, f in zip(exact, found, strict=True) for h in e)
    draw = random.Random(SEED)
    one, hundred = ([source_of(i) for i in draw.sample(range(count), n)] for n in (1, 100))
    began = time.perf_counter()
    each = sum(1 for _ in islice(store.best_of_each(pool.asked[0], pool.questions[0], 3), 1000))
    return {
        "each_ms": 1000 * (time.perf_counter() - began) / each,
        "recall": shared / (10 * NEAREST),
        "question_ms": taken(pool, lambda v, q: store.search(v, q, NEAREST)),
        "by_meaning_ms": taken(pool, lambda v, q: store.search(v, "", NEAREST)),
        "among_1_ms": taken(pool, lambda v, q: store.search(v, q, NEAREST, one)),
        "among_100_ms": taken(pool, lambda v, q: store.search(v, q, NEAREST, hundred)),
    }


def taken(pool: Pool, act: Callable[[Vectors, str], object]) -> float:
    """Return the median of the milliseconds that a question takes."""
    seconds = []
    for vector, question in zip(pool.asked, pool.questions, strict=True):
        began = time.perf_counter()
        act(vector, question)
        seconds.append(time.perf_counter() - began)
    return 1000 * median(seconds)


if __name__ == "__main__":
    main()
