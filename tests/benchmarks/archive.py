"""Many passages: how fast they are encoded, and what an index of a thousand to a million costs."""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from qa.index import manifest as manifest_files
from qa.index import storage as files
from qa.models.encoder import BundledEncoder, bundled_folder
from qa.models.select import load_embedder
from qa.settings import load_settings
from qa.text.sentences import sentences
from qa.types import Document, Passage, Span
from tests.benchmarks.measure import ARTICLE, in_turn, median, process, resident

PASSAGES, TOKENS, ROUNDS = 2000, 100, 3
KEY = b"benchmark"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUERIES, NEAREST = 200, 10
SPREAD = 0.025  # of the noise in each of 384 dimensions: the tenth neighbour is at a cosine of about 0.75
SEED = 4


def passages() -> list[str]:
    """Mix the sentences of the article into 2,000 texts of about 100 tokens."""
    text = ARTICLE.read_text(encoding="utf-8")
    folder = bundled_folder()
    assert folder
    encoder, draw = BundledEncoder(folder), random.Random(SEED)
    known = [(s.of(text), len(encoder.tokens([s.of(text)])[0].ids)) for s in sentences(text, "en")]
    made = []
    for _ in range(PASSAGES):
        chosen, tokens = [], 0
        while tokens < TOKENS:
            sentence, count = draw.choice(known)
            chosen.append(sentence)
            tokens += count
        made.append(" ".join(chosen))
    return made


def encoding() -> tuple[dict[str, object], Any]:
    """Passages a second against `SentenceTransformer.encode` as it comes, and how near the vectors are."""
    from sentence_transformers import SentenceTransformer

    texts = passages()
    plain = SentenceTransformer(str(bundled_folder()), device="cpu")
    ours = load_embedder(load_settings({}).settings)
    known, vectors = plain.encode(texts, normalize_embeddings=True), ours.encode(texts)
    sample = texts[: PASSAGES // 2 + 1]
    theirs_s, ours_s = map(median, in_turn([lambda: plain.encode(sample), lambda: ours.encode(sample)], ROUNDS))
    return {
        "passages_a_second": len(sample) / ours_s,
        "obvious_passages_a_second": len(sample) / theirs_s,
        "ratio": theirs_s / ours_s,
        "lowest_cosine": float((known * vectors).sum(axis=1).min()),
    }, vectors


def around(centres: Any, count: int) -> Any:
    """Draw unit vectors around real ones, float32 of shape (count, dimensions)."""
    draw = np.random.default_rng(SEED)
    made = np.empty((count, centres.shape[1]), dtype=np.float32)
    for at in range(0, count, 50_000):
        rows = slice(at, min(at + 50_000, count))
        noise = draw.standard_normal((rows.stop - at, centres.shape[1]), dtype=np.float32)
        made[rows] = centres[draw.integers(len(centres), size=rows.stop - at)] + SPREAD * noise
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


def sizes(centres: Any) -> list[dict[str, float]]:
    """Build, open and search an index of each size; what a search takes is measured in a process of its own."""
    import faiss

    rows = []
    words = ARTICLE.read_text(encoding="utf-8").split()
    for count in SIZES:
        vectors, draw = around(centres, count), random.Random(SEED)
        text = " ".join(f"{draw.choice(words)} {draw.choice(words)} {n}." for n in range(count))
        ends = [n for n, c in enumerate(text) if c == "." and text[n - 1].isdigit()][:count]
        starts = [0, *(e + 2 for e in ends[:-1])]
        spans = [Span(s, e + 1) for s, e in zip(starts, ends, strict=True)]
        document = Document.from_text("archive.txt", text)
        recipe = manifest_files.Recipe(
            embedder="bench", embedder_sha256="", language="auto", passage_tokens=100, overlap_sentences=1
        )
        manifest = manifest_files.Manifest(
            format=manifest_files.FORMAT,
            source="archive.txt",
            document_sha256=document.sha256,
            language="en",
            file_sha256="",
            characters=len(text),
            passages=count,
            dimensions=vectors.shape[1],
            recipe=recipe,
            built="",
            files={},
        )
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            files.save(document, [Passage(s, (s,)) for s in spans], vectors, Path(folder) / "index", manifest, key=KEY)
            built = time.perf_counter() - began
            questions = around(vectors[:: max(1, count // QUERIES)][:QUERIES], QUERIES)
            _, exact = faiss.knn(questions, vectors, NEAREST, metric=faiss.METRIC_INNER_PRODUCT)
            np.save(Path(folder) / "questions.npy", questions)
            (Path(folder) / "document.json").write_bytes(msgspec.json.encode(document))
            del vectors
            searched = json.loads(process("-m", "tests.benchmarks.archive", folder).output)
        found = searched.pop("found")
        shared = sum(len(set(f) & set(e)) for f, e in zip(found, exact.tolist(), strict=True))
        rows.append({"passages": count, "index_s": built, **searched, "recall": shared / (QUERIES * NEAREST)})
        print(rows[-1], file=sys.stderr, flush=True)
    return rows


def search(folder: Path) -> dict[str, object]:
    """Open the index in ``folder`` twice and search it; seconds, and the resident memory that this added."""
    document = msgspec.json.decode((folder / "document.json").read_bytes(), type=Document)
    questions = np.load(folder / "questions.npy")
    manifest = manifest_files.read_manifest(folder / "index", KEY)
    files.open_folder(folder / "index", manifest, document)  # a large index is hashed once
    before = resident()
    began = time.perf_counter()
    opened = files.open_folder(folder / "index", manifest, document)
    ready = time.perf_counter() - began
    found, taken = [], []
    for question in questions:
        began = time.perf_counter()
        found.append([n for n, _ in opened.vectors.search(question, NEAREST)])
        taken.append(time.perf_counter() - began)
    words = []
    for question in questions[:50]:
        began = time.perf_counter()
        opened.keywords.search(f"rebels Aleppo {int(abs(question[0]) * 1e4)}", NEAREST)
        words.append(time.perf_counter() - began)
    return {
        "open_s": ready,
        "query_ms": 1000 * median(taken),
        "words_ms": 1000 * median(words),
        "resident_mb": resident() - before,
        "found": found,
    }


if __name__ == "__main__":
    print(json.dumps(search(Path(sys.argv[1]))))
