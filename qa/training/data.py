"""The pool that the readers are trained on: its rows, and the questions and statements that were written over its contexts."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TWIN = 0.4  # share of words that a question has in common with its twin
_WORD = re.compile(r"\w{3,}")
WRITTEN = Path(__file__).with_name("questions.jsonl")
PAGES = Path(__file__).with_name("pages.jsonl")
STATEMENTS = Path(__file__).with_name("statements.jsonl")


@dataclass(frozen=True)
class Example:
    """A question over a passage; ``span`` is the answer's [start, end) in ``context``, or None without one.

    ``answerable`` with ``span`` None trains the answerability head alone (yes/no and free-form answers). ``before`` is
    text that helps to understand ``context`` and holds no answer: a title, the sentence before.
    """

    question: str
    context: str
    answerable: bool
    span: tuple[int, int] | None
    source: str
    before: str = ""


def load(folder: Path) -> list[Example]:
    """Read every row of the pool in ``folder``."""
    examples = []
    for row in questions_of(folder):
        span = span_of(row)
        if row["answerable"] and span is None and row["source"] in {"afriqa", "qamr", "timeqa"}:
            continue
        examples.append(Example(row["question"], row["context"], row["answerable"], span, row["source"]))
    for row in rows_of(folder / "long_answers.jsonl.gz"):
        examples.extend(_long(row))
    return examples


def questions_of(folder: Path) -> Iterator[dict]:
    """Read the pool's questions, and those that were written for this reader.

    The latter, over contexts of the pool (``questions.jsonl``) and over pages written for them (``pages.jsonl``), are of
    source "written" and have ``evidence``, the [start, end) of the sentence that answers, and ``words``, that of the
    answer; either may be None. One that only alters a question of the pool names it (``of``) and has the ``parts`` that
    it is put together from: [start, end) in that question, and words of its own.
    """
    contexts, asked = {}, {}
    for row in rows_of(folder / "reader_train.jsonl.gz"):
        contexts[key_of(row["context"])] = row["context"]
        asked[name_of(row["context"], row["question"])] = row["question"]
        yield row
    for line in WRITTEN.read_text(encoding="utf-8").splitlines():
        written = json.loads(line)
        question = written.get("question") or joined(written["parts"], asked.get(written["of"], ""))
        if written["over"] in contexts and question:
            yield _written(contexts[written["over"]], question, written)
    for line in PAGES.read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        for written in page["questions"]:
            yield _written(page["text"], written["question"], written)


def statements_of(folder: Path) -> Iterator[dict]:
    """Read the statements that were written over the contexts of the pool in ``folder``.

    A row has the [start, end) of a sentence (``evidence``), a statement that it supports (``true``), and those that it
    does not (``false``), the one that is nearly the same first. The texts are kept as places in the context and own words.
    """
    contexts = {key_of(row["context"]): row["context"] for row in rows_of(folder / "reader_train.jsonl.gz")}
    for line in STATEMENTS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if text := contexts.get(row["over"]):
            pairs = [[joined(parts, text) for parts in pair] for pair in row["pairs"]]
            for true, own in pairs:
                false = [own, *(other for _, other in pairs if other != own)]
                yield {"context": text, "evidence": row["evidence"], "true": true, "false": false}


def joined(parts: Iterable[tuple[int, int] | str], text: str) -> str:
    """Put a text together from places in another and words of its own; nothing without the other."""
    return "".join(p if isinstance(p, str) else text[slice(*p)] for p in parts) if text else ""


def name_of(context: str, question: str) -> str:
    """Name a row; the ids of the pool's rows are not all different."""
    return key_of(f"{question}\n{context}")


def span_of(row: Mapping) -> tuple[int, int] | None:
    """Return the [start, end) of a row's answer in its context: its own place, or else the first where it stands."""
    if not row["answerable"]:
        return None
    return tuple(row["words"]) if row.get("words") else find(row["context"], row["answers"])


def key_of(context: str) -> str:
    """Name a context of the pool; the ids of its rows are not all different."""
    return hashlib.sha256(context.encode()).hexdigest()[:16]


def with_written(rates: Mapping[str, float], counts: Mapping[str, int], share: float) -> dict[str, float]:
    """Lower the rates so that the written questions, each drawn once, are this ``share`` of what is drawn.

    ``counts`` are the rows of each source; without a share the written questions are left out.
    """
    if not share:
        return dict(rates)
    others = sum(rate * counts.get(source, 0) for source, rate in rates.items())
    factor = counts.get("written", 0) * (1 - share) / share / max(others, 1.0)
    return {"written": 1.0, **{source: rate * factor for source, rate in rates.items()}}


def words_of(text: str) -> set[str]:
    """Return the words of a text that are long enough to have a meaning of their own."""
    return set(_WORD.findall(text.lower()))


def twin_of(question: str, others: Iterable[str]) -> str | None:
    """Find the one of other questions that differs from this one in a word or two, or None if none is so near."""
    own, likeness = words_of(question), {}
    for other in others:
        words = words_of(other)
        likeness[other] = len(own & words) / max(1, len(own | words))
    nearest = max(likeness, key=likeness.__getitem__, default="")
    return nearest if likeness.get(nearest, 0.0) >= TWIN else None


def rows_of(path: Path) -> Iterator[dict]:
    """Read the objects of a packed file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def find(context: str, answers: list[str]) -> tuple[int, int] | None:
    """Find the first of the answers that stands in the context as whole words."""
    for answer in answers:
        match = re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", context) if answer else None
        if match:
            return match.span()
    return None


def _written(context: str, question: str, row: Mapping) -> dict:
    words, evidence = row.get("words"), row.get("evidence")
    return {
        "source": "written",
        "question": question,
        "context": context,
        "answers": [context[slice(*words)]] if words else [],
        "answerable": evidence is not None,
        "evidence": evidence,
        "words": words,
    }


def _long(row: dict) -> Iterator[Example]:
    if row["source"] != "clapnq":
        return
    span = find(row["context"], row["evidence"][:1])
    if span or not row["answerable"]:
        yield Example(row["question"], row["context"], row["answerable"], span, "clapnq")
