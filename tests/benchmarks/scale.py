"""A question among many documents: is the right one found, is the answer right, and what does it take?

Gold articles are put into a collection with more and more distractors, contexts of a training pool, a document each.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import json
import logging
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from qa.answering.assistant import Assistant
from qa.answering.corpus import open_collection
from qa.answering.parts import Parts, load_parts
from qa.collections.prepare import prepare
from qa.collections.update import Done, Update
from qa.evaluation.metrics import judge
from qa.evaluation.run import read_gold
from qa.index.prepare import recipe_of
from qa.index.stores.open import open_store
from qa.records.lines import GoldQuestion
from qa.settings import Settings, load_settings
from qa.sources.fetch import Pages
from qa.types import Answer, Hit
from tests.benchmarks.measure import median, resident

NAME = "scale"
FIRST = 5
SEED = 16


def contexts(pool: Path) -> Iterator[str]:
    """Give the different contexts of a pool, shuffled: it may be in order of its sources."""
    with gzip.open(pool, "rb") as lines:
        different = list(dict.fromkeys(json.loads(line)["context"] for line in lines))
    random.Random(SEED).shuffle(different)
    yield from different


def write(folder: Path, texts: Iterator[str], start: int, end: int) -> None:
    """Write texts to files with the numbers from ``start`` on, a thousand in a folder."""
    for number, text in enumerate(islice(texts, end - start), start=start):
        path = folder / f"{number // 1000:03}" / f"{number:06}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def index(folder: Path, settings: Settings, parts: Parts) -> tuple[int, float]:
    """Bring the collection up to date; return its documents, and the passages indexed a second."""
    began, passages = time.perf_counter(), 0
    with open_store(settings, NAME, write=recipe_of(settings, parts.embedder)) as store:
        prepares = functools.partial(prepare, settings=settings, embedder=parts.embedder)
        for done in Update([str(folder)], Pages(settings)).run(store, prepares):
            passages += len(done.document.passages) if isinstance(done, Done) else 0
        return len(store), passages / (time.perf_counter() - began)


def ask(
    assistant: Assistant, questions: Sequence[GoldQuestion], folder: Path, *, alone: bool = False
) -> dict[str, float]:
    """Ask all documents, or of each question its own one ``alone``; shares in per cent, seconds a question."""
    places, right, seconds, found = [], 0, [], 0.0
    for gold in questions:
        source = str(folder / (gold.source or ""))
        asked = [source] if alone else []
        if gold.answerable:
            began = time.perf_counter()
            hits = assistant.retriever(asked).retrieve(gold.question, assistant.settings.retrieved_passages)
            found += time.perf_counter() - began
            places.append(place_of(source, hits))
        answer = assistant.ask(gold.question, sources=asked)
        seconds.append(answer.timings.total_s)
        right += judge(gold, of_source(answer, source), Path(source).read_text(encoding="utf-8")).right
    return {
        "first": 100 * sum(p == 0 for p in places) / len(places),
        f"first_{FIRST}": 100 * sum(p < FIRST for p in places) / len(places),
        "right": 100 * right / len(questions),
        "seconds": median(seconds),
        "retrieval_seconds": found / len(places),
        "resident_mb": resident(),
    }


def place_of(source: str, hits: Sequence[Hit]) -> int:
    """Return the place, from 0, of a document among those of the hits; one beyond them where it is not there."""
    documents = list(dict.fromkeys(hit.document.source for hit in hits))
    return documents.index(source) if source in documents else len(documents) + FIRST


def of_source(answer: Answer, source: str) -> Answer:
    """Leave out citations of other documents, so that only what the gold document supports is right."""
    return replace(answer, citations=tuple(c for c in answer.citations if c.source == source))


def main() -> None:
    """Print a line for each number of documents."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pool", type=Path, help="JSON lines, gzip, with a `context` each")
    parser.add_argument("gold", type=Path, help="folder with questions.jsonl and its articles")
    parser.add_argument(
        "--documents", type=int, nargs="+", default=[1, 4, 1_000, 30_000], help="1: without a collection"
    )
    parser.add_argument("--questions", type=int, default=100, help="evenly spread over the file")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    asked = read_gold(arguments.gold / "questions.jsonl")
    asked = asked[:: max(1, len(asked) // arguments.questions)][: arguments.questions]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "documents"
        folder.mkdir()
        for article in sorted({gold.source or "" for gold in asked}):
            (folder / article).write_bytes((arguments.gold / article).read_bytes())
        settings = load_settings(
            {"collections_dir": f"{temporary}/collections", "index_dir": f"{temporary}/indexes"}
        ).settings
        parts, texts, written = load_parts(settings), contexts(arguments.pool), len(list(folder.glob("*")))
        if 1 in arguments.documents:
            show({"documents": 1, **ask(Assistant((), settings, parts), asked, folder, alone=True)})
        for size in sorted({*arguments.documents} - {1}):
            write(folder, texts, written, size)
            written = max(written, size)
            documents, speed = index(folder, settings, parts)
            corpus = open_collection(NAME, settings, parts.embedder)
            with closing(Assistant((), settings, parts, corpus=corpus)) as assistant:
                show({"documents": documents, "passages_a_second": speed, **ask(assistant, asked, folder)})


def show(row: dict[str, float]) -> None:
    """Print a row as JSON."""
    print(json.dumps({name: round(value, 3) for name, value in row.items()}), flush=True)


if __name__ == "__main__":
    main()
