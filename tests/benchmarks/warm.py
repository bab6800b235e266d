"""One process that answers question after question, against raw llama.cpp on the same build."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from qa.answering.assistant import Assistant
from qa.models.encoder import bundled_folder
from qa.models.files import bundled_file
from qa.models.generators.llama import LlamaGeneration, LlamaGenerator
from qa.models.readers.minilm import OnnxReader
from qa.models.readers.mpnet import MPNetReader
from qa.settings import load_settings
from qa.types import Answer, Message
from tests.benchmarks.measure import ARTICLE, ROOT, median
from tests.benchmarks.obvious import TOP, chunks_of, prompt_of

QUESTIONS, ROUNDS = 8, 5
Read = Callable[[str, Sequence[str]], Any]


class Recording:
    """Notes what the generator was given, and what each reader read."""

    def __init__(self, assistant: Assistant) -> None:
        self.prompts: list[list[int]] = []
        self.read: list[tuple[Read, str, Sequence[str]]] = []
        generator = assistant.parts.generator
        assert isinstance(generator, LlamaGenerator)
        generate = generator.generate

        def noting(messages: Sequence[Message], **options: Any) -> LlamaGeneration:
            self.prompts.append(generator._tokens(messages)[0])
            return generate(messages, **options)

        generator.generate = noting  # type: ignore[method-assign]
        for reader in (assistant.parts.reader, assistant.parts.quick):
            assert isinstance(reader, MPNetReader | OnnxReader)
            reader.read = self._noting(reader.read)  # type: ignore[assignment, method-assign]

    def _noting(self, read: Read) -> Read:
        def noting(question: str, texts: Sequence[str]) -> Any:
            self.read.append((read, question, texts))
            return read(question, texts)

        return noting

    def clear(self) -> None:
        self.prompts.clear()
        self.read.clear()


def ask(assistant: Assistant, question: str) -> tuple[float, float, Answer]:
    """Return seconds to the first words shown, seconds in all, and the answer."""
    began, first, answer = time.perf_counter(), 0.0, None
    for step in assistant.stream(question):
        if isinstance(step, str):
            first = first or time.perf_counter() - began
        elif isinstance(step, Answer):
            answer = step
    assert answer
    total = time.perf_counter() - began
    return first or total, total, answer


def seconds_of(way: Any, *arguments: Any) -> float:
    began = time.perf_counter()
    way(*arguments)
    return time.perf_counter() - began


def warm() -> dict[str, object]:
    """First words and the whole answer, against the obvious way and against the parts timed alone; what is read again.

    The obvious way reads four chunks of the article in its prompt, and writes as many tokens as we do.
    """
    import numpy as np
    from llama_cpp import Llama
    from sentence_transformers import SentenceTransformer

    assistant = Assistant.open(str(ARTICLE))
    raw = Llama(str(bundled_file()), n_ctx=4096, verbose=False)
    embedder = SentenceTransformer(str(bundled_folder()), device="cpu")
    chunks = chunks_of(ARTICLE.read_text(encoding="utf-8"))
    vectors = embedder.encode(chunks)
    notes = Recording(assistant)
    gold = [json.loads(line) for line in (ROOT / "seeds" / "questions.jsonl").open(encoding="utf-8")]
    asked: list[dict[str, Any]] = []
    previous: list[int] = []
    for question in (g["question"] for g in gold if g["answerable"] and not g.get("history")):
        notes.clear()
        _, _, answer = ask(assistant, question)
        if not notes.prompts:
            continue
        prompt, tokens = notes.prompts[-1], answer.timings.completion_tokens
        common = next((n for n, (a, b) in enumerate(zip(prompt, previous, strict=False)) if a != b), 0)
        reused = (answer.timings.reused_tokens, min(common, len(prompt)) if previous else 0)
        previous = prompt
        nearest = [chunks[n] for n in np.argsort(-(vectors @ embedder.encode(question)))[:TOP]]
        plain_prompt = raw.tokenize(prompt_of(question, nearest).encode(), add_bos=False, special=True)
        read = list(notes.read)
        rows: dict[str, list[float]] = {name: [] for name in ("first", "total", "prefill", "obvious", "parts")}
        for _ in range(ROUNDS):
            # The same question again would find its whole prompt in memory: another one is asked in between.
            ask(assistant, "Who commands the offensive?" if question != gold[0]["question"] else "Who fled?")
            first, total, _ = ask(assistant, question)
            raw.reset()
            prefill = seconds_of(raw.eval, plain_prompt)
            raw.reset()
            reading = seconds_of(raw.eval, prompt)
            written = sum(seconds_of(raw.eval, [token]) for token in prompt[:tokens])
            ours = reading + written
            ours += seconds_of(assistant.parts.embedder.encode, [question])
            ours += sum(seconds_of(plain, q, texts) for plain, q, texts in read)
            for name, value in zip(rows, (first, total, prefill, prefill + written, ours), strict=True):
                rows[name].append(value)
        middle = {name: median(values) for name, values in rows.items()}
        asked.append(
            {
                "question": question,
                **middle,
                "prompt_tokens": len(prompt),
                "obvious_prompt_tokens": len(plain_prompt),
                "reused_tokens": reused[0],
                "reusable_tokens": reused[1],
                "completion_tokens": tokens,
            }
        )
        if len(asked) == QUESTIONS:
            break
    return {
        "questions": asked,
        "first_seconds": median(a["first"] for a in asked),
        "first_ratio": median(a["first"] / a["prefill"] for a in asked),
        "total_seconds": median(a["total"] for a in asked),
        "total_ratio": median(a["total"] / a["obvious"] for a in asked),
        "parts_ratio": median(a["total"] / a["parts"] for a in asked),
        "reused": all(a["reused_tokens"] >= a["reusable_tokens"] for a in asked[1:]),
    }


def phases() -> dict[str, float]:
    """Seconds of each phase of one question in a fresh process, then of another one in the same process.

    The phases run one after the other here; in a real question the generator loads beside the search.
    """
    laps: dict[str, float] = {}
    last = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal last
        now = time.perf_counter()
        laps[name] = now - last
        last = now

    settings = load_settings({}).settings
    import faiss  # noqa: F401
    import llama_cpp  # noqa: F401
    import onnxruntime  # noqa: F401
    import tantivy  # noqa: F401

    lap("imports")
    assistant = Assistant([str(ARTICLE)], settings, Assistant.open(str(ARTICLE)).parts)
    parts = assistant.parts
    assert parts.reader
    assert parts.quick
    parts.embedder.encode(["warm"])
    lap("embedder load")
    parts.quick.read("warm", ["up"])
    lap("quick reader load")
    parts.reader.read("warm", ["up"])
    lap("reader load")
    parts.generator.load()
    lap("generator load")
    retriever = assistant.retriever(assistant.sources)
    lap("index open")
    from qa.answering.evidence.rank import rank
    from qa.answering.writing.by_reader import Writer

    for turn, question in (
        ("cold", "Who commands the offensive?"),
        ("warm", "Which American network did Golani speak to?"),
    ):
        parts.embedder.encode([question])
        lap(f"{turn}: encode")
        hits = retriever.retrieve(question, settings.retrieved_passages)
        lap(f"{turn}: encode and search")
        found = rank(question, hits, parts.reader, parts.quick, parts.calibration)
        lap(f"{turn}: read and rank")
        *_, draft = Writer(*parts.wording, settings, parts.reader).write(question, found)
        lap(f"{turn}: write and check")
        laps[f"{turn}: prompt tokens read"] = draft.usage.prompt - draft.usage.reused
        laps[f"{turn}: tokens written"] = draft.usage.completion
    return laps
