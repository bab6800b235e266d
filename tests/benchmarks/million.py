"""A collection of a million passages against one article: ``python -m tests.benchmarks.million [--passages N]``.

The article is one document of the collection; the others are of words drawn as often as they are frequent, with
vectors around those of real passages, so that it is not the encoder that is measured. Results go to
docs/benchmarks/million.json.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from qa.answering.assistant import Assistant
from qa.collections.prepare import prepare
from qa.collections.update import Update
from qa.index.prepare import recipe_of
from qa.index.stores.open import open_store
from qa.index.stores.protocol import Prepared
from qa.models.encoder import BundledEncoder, bundled_folder
from qa.models.select import load_embedder
from qa.settings import load_settings
from qa.sources.fetch import Pages
from qa.types import Document, Passage, Span
from tests.benchmarks import archive
from tests.benchmarks.measure import ARTICLE, ROOT, median, process

OUT = ROOT / "docs" / "benchmarks" / "million.json"
NAME, COLD = "million", 5
PASSAGES_A_DOCUMENT, SENTENCES, WORDS = 20, 5, 15  # of a sentence; a passage has 75 words
AT_A_TIME = 13  # documents, 260 passages, as `qa index` puts them
REAL = 500  # passages whose vectors the others are drawn around
QUESTIONS = [json.loads(line)["question"] for line in (ROOT / "seeds" / "questions.jsonl").read_text().splitlines()]


def fill(passages: int) -> dict[str, float]:
    """Make the collection in the folder that the settings say; what it costs to put."""
    settings = load_settings().settings
    embedder = load_embedder(settings)
    centres = embedder.encode(archive.passages()[:REAL])
    took = 0.0
    with open_store(settings, NAME, write=recipe_of(settings, embedder)) as store:
        update = Update([str(ARTICLE)], Pages(settings))
        list(update.run(store, functools.partial(prepare, settings=settings, embedder=embedder)))
        documents = made(passages // PASSAGES_A_DOCUMENT, centres)
        while batch := [d for d, _ in zip(documents, range(AT_A_TIME), strict=False)]:
            began = time.perf_counter()
            store.put(batch)
            took += time.perf_counter() - began
    return {
        "passages": passages,
        "put_s": took,
        "put_a_second": passages / took,
        "indexing_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        "disk_mb": sum(p.stat().st_size for p in settings.collections_dir.rglob("*") if p.is_file()) / 1e6,
    }


def made(count: int, centres: Any) -> Iterator[Prepared]:
    """Draw documents, and vectors around ``centres``."""
    draw, words = random.Random(archive.SEED), vocabulary()
    weights = np.cumsum(1 / np.arange(1, len(words) + 1)).tolist()
    noise = np.random.default_rng(archive.SEED)
    for number in range(count):
        text, passages = "", []
        for _ in range(PASSAGES_A_DOCUMENT):
            spans = []
            for _ in range(SENTENCES):
                sentence = " ".join(draw.choices(words, cum_weights=weights, k=WORDS)).capitalize() + "."
                spans.append(Span(len(text), len(text) + len(sentence)))
                text += f"{sentence} "
            passages.append(Passage(Span(spans[0].start, spans[-1].end), tuple(spans)))
        around = noise.standard_normal((len(passages), centres.shape[1]), dtype=np.float32) * archive.SPREAD
        vectors = around + centres[noise.integers(len(centres), size=len(passages))]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        document = Document.from_text(f"/archive/{number:06}.txt", text)
        yield Prepared(document, passages, vectors, document.sha256, len(text), 1)


def vocabulary() -> list[str]:
    """List the words that the bundled encoder knows whole, the most frequent first, as its makers listed them."""
    folder = bundled_folder()
    assert folder
    pieces: dict[str, int] = BundledEncoder(folder).tokenizer.get_vocab()
    return [word for word, _ in sorted(pieces.items(), key=lambda p: p[1]) if word.isascii() and word.isalpha()]


def ask(of: str) -> dict[str, Any]:
    """Ask all questions of the article or of the collection, models loaded; medians, and the memory of this process."""
    over: dict[str, Any] = {"collection": NAME} if of == "collection" else {}
    assistant = Assistant.open(*([] if over else [str(ARTICLE)]), **over)
    assistant.load_models()
    for question in QUESTIONS[:2]:
        assistant.ask(question)
    answers = [assistant.ask(question) for question in QUESTIONS]
    return {
        "question_s": median(a.timings.total_s for a in answers),
        "retrieve_s": median(a.timings.retrieve_s for a in answers),
        "answered": sum(a.status == "answered" for a in answers),
        "from_the_article": sum(any(c.source.endswith(ARTICLE.name) for c in a.citations) for a in answers),
        **{name: kilobytes / 1e3 for name, kilobytes in memory()},
    }


def memory() -> Iterator[tuple[str, float]]:
    """Give the resident memory of this process, and the part of it that is not mapped files, in kilobytes."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        for field, name in (("VmHWM", "peak_mb"), ("RssAnon", "anonymous_mb")):
            if line.startswith(field):
                yield name, float(line.split()[1])


def cold(*over: str) -> dict[str, float]:
    """Ask single questions, each in a process of its own."""
    runs = [process("-W", "ignore", "-m", "qa", "ask", "-q", QUESTIONS[0], *over) for _ in range(COLD)]
    return {"cold_s": median(r.seconds for r in runs), "cold_peak_mb": max(r.peak_mb for r in runs)}


def main() -> None:
    """Make the collection, ask, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=1_000_000)
    parser.add_argument("--ask", choices=["article", "collection"], help=argparse.SUPPRESS)
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ask or arguments.fill:
        print(json.dumps(ask(arguments.ask) if arguments.ask else fill(arguments.passages)))
        return
    module = ("-W", "ignore", "-m", "tests.benchmarks.million")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["QA_HOME"] = folder
        results: dict[str, Any] = json.loads(process(*module, "--fill", "--passages", arguments.passages).output)
        for of, over in (("article", ("-s", str(ARTICLE))), ("collection", ("-c", NAME))):
            results[of] = {**json.loads(process(*module, "--ask", of).output), **cold(*over)}
            print(of, results[of], file=sys.stderr, flush=True)
    one, all_ = results["article"], results["collection"]
    results["times_as_long"] = all_["question_s"] / one["question_s"]
    results["more_memory_mb"] = all_["peak_mb"] - one["peak_mb"]
    print(json.dumps(results, indent=1))
    if arguments.passages == parser.get_default("passages"):
        OUT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
