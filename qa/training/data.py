"""Training examples for the reader: the pool's rows, and unanswerable questions made from them."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import bm25s

# How often a row of each source is seen in one epoch. Encyclopedia and news prose is the job; product reviews,
# forum posts and fairy tales are kept at a lower rate for variety. SQuAD 2.0 is small and has the only
# unanswerable questions that people wrote to be unanswerable.
EPOCH_RATE = {
    "squad2": 4.0,
    "squadshifts": 0.8,
    "nq_oracle": 1.0,
    "afriqa": 0.6,
    "timeqa": 0.8,
    "qamr": 0.6,
    "fairytaleqa": 0.25,
    "condaqa": 0.5,
    "clapnq": 1.0,
}
WRITTEN = Path(__file__).with_name("questions.jsonl")
SENTENCE = re.compile(r"[^.!?]*[.!?]+[\"”')\]]*\s*|[^.!?]+$")
NAME = re.compile(r"(?<=\s)[A-Z][\w'’-]+(?:\s+(?:of\s+|the\s+|de\s+|al-)?[A-Z][\w'’-]+)*")
NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
OPPOSITES = [
    ("first", "last"),
    ("before", "after"),
    ("largest", "smallest"),
    ("more", "less"),
    ("north", "south"),
    ("east", "west"),
    ("highest", "lowest"),
    ("increase", "decrease"),
    ("increased", "decreased"),
    ("most", "least"),
    ("oldest", "youngest"),
    ("won", "lost"),
    ("win", "lose"),
    ("begin", "end"),
    ("began", "ended"),
    ("start", "stop"),
    ("northern", "southern"),
    ("eastern", "western"),
    ("early", "late"),
    ("best", "worst"),
    ("good", "bad"),
    ("support", "oppose"),
    ("supported", "opposed"),
    ("same", "different"),
    ("male", "female"),
    ("high", "low"),
    ("always", "never"),
    ("with", "without"),
    ("inside", "outside"),
    ("major", "minor"),
    ("born", "buried"),
    ("husband", "brother"),
    ("wife", "sister"),
    ("father", "uncle"),
    ("cause", "prevent"),
    ("caused", "prevented"),
    ("gain", "lose"),
    ("above", "below"),
    ("longest", "shortest"),
    ("public", "private"),
    ("modern", "ancient"),
    ("strong", "weak"),
    ("rich", "poor"),
    ("allowed", "forbidden"),
    ("accepted", "rejected"),
    ("joined", "left"),
]
OPPOSITE = {**dict(OPPOSITES), **{b: a for a, b in OPPOSITES}}
NEGATED = {
    "did": "did not",
    "does": "does not",
    "do": "do not",
    "is": "is not",
    "was": "was not",
    "are": "are not",
    "were": "were not",
    "can": "cannot",
    "could": "could not",
    "has": "has not",
    "have": "have not",
    "would": "would not",
    "will": "will not",
}


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
        span = find(row["context"], row["answers"]) if row["answerable"] else None
        if row["answerable"] and span is None and row["source"] in {"afriqa", "qamr", "timeqa"}:
            continue
        examples.append(Example(row["question"], row["context"], row["answerable"], span, row["source"]))
    for row in rows_of(folder / "long_answers.jsonl.gz"):
        examples.extend(_long(row))
    return examples


def questions_of(folder: Path) -> Iterator[dict]:
    """Read the pool's questions, and those that were written for this reader over its contexts (``questions.jsonl``).

    The latter are of source "written" and have ``evidence``, the [start, end) of the sentence that answers, or None.
    """
    contexts = {}
    for row in rows_of(folder / "reader_train.jsonl.gz"):
        contexts[key_of(row["context"])] = row["context"]
        yield row
    for line in WRITTEN.read_text(encoding="utf-8").splitlines():
        asked = json.loads(line)
        if asked["over"] in contexts:
            context, words, evidence = contexts[asked["over"]], asked.get("words"), asked.get("evidence")
            yield {
                "source": "written",
                "question": asked["question"],
                "context": context,
                "answers": [context[slice(*words)]] if words else [],
                "answerable": evidence is not None,
                "evidence": evidence,
            }


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


def _long(row: dict) -> Iterator[Example]:
    if row["source"] != "clapnq":
        return
    span = find(row["context"], row["evidence"][:1])
    if span or not row["answerable"]:
        yield Example(row["question"], row["context"], row["answerable"], span, "clapnq")


def without_answer(example: Example) -> Example | None:
    """Cut the sentence that holds the answer: what is left is on the topic and does not say."""
    if example.span is None:
        return None
    answer = example.context[slice(*example.span)]
    rest = "".join(
        m.group()
        for m in SENTENCE.finditer(example.context)
        if m.end() <= example.span[0] or m.start() >= example.span[1]
    )
    if len(rest) < 80 or answer.lower() in rest.lower():
        return None
    return replace(example, context=rest, answerable=False, span=None)


def altered_question(example: Example, rng: random.Random) -> Example | None:
    """Swap a name, a number or a word for its opposite, or negate: near the passage, and no longer answered by it."""
    question, changes = example.question, []
    answer = example.context[slice(*example.span)] if example.span else ""
    for pattern in (NAME, NUMBER):
        inside = list(pattern.finditer(question))
        others = [m.group() for m in pattern.finditer(example.context)]
        others = [o for o in others if o.lower() not in question.lower() and o not in answer and answer not in o]
        if inside and others:
            old = rng.choice(inside)
            changes.append(question[: old.start()] + rng.choice(others) + question[old.end() :])
        if pattern is NUMBER and inside:
            old = rng.choice(inside)
            digits = list(old.group())
            at = rng.randrange(len(digits))
            if digits[at].isdigit():
                digits[at] = str((int(digits[at]) + rng.randint(1, 8)) % 10)
                changes.append(question[: old.start()] + "".join(digits) + question[old.end() :])
    words = question.split(" ")
    opposites = [i for i, w in enumerate(words) if w in OPPOSITE]
    if opposites:
        at = rng.choice(opposites)
        changes.append(" ".join([*words[:at], OPPOSITE[words[at]], *words[at + 1 :]]))
    negated = [i for i, w in enumerate(words) if w in NEGATED and i > 0]
    if negated and rng.random() < 0.35:
        at = negated[0]
        changes.append(" ".join([*words[:at], NEGATED[words[at]], *words[at + 1 :]]))
    if not changes:
        return None
    return replace(example, question=rng.choice(changes), answerable=False, span=None)


class WrongPassages:
    """Passages that lexical search finds for a question and that do not hold its answer."""

    def __init__(self, examples: list[Example]) -> None:
        self.contexts = sorted({e.context for e in examples})
        self.search = bm25s.BM25()
        self.search.index(bm25s.tokenize(self.contexts, show_progress=False), show_progress=False)

    def draw(self, examples: list[Example], rng: random.Random, depth: int = 6) -> list[Example | None]:
        """Give each example one of the ``depth`` best wrong passages, or None if all of them hold the answer."""
        questions = bm25s.tokenize([e.question for e in examples], show_progress=False)
        ranked, _ = self.search.retrieve(questions, k=min(depth, len(self.contexts)), show_progress=False)
        drawn = []
        for example, ids in zip(examples, ranked, strict=True):
            answer = example.context[slice(*example.span)].lower() if example.span else "\0"
            wrong = [c for c in (self.contexts[i] for i in ids) if c != example.context and answer not in c.lower()]
            drawn.append(replace(example, context=rng.choice(wrong), answerable=False, span=None) if wrong else None)
        return drawn


def epoch(
    examples: list[Example], wrong: WrongPassages, rng: random.Random, rates: dict[str, float] = EPOCH_RATE
) -> list[Example]:
    """Draw one epoch: the rows at their rates, and for two rows in three an unanswerable one made from it."""
    chosen = []
    for example in examples:
        rate = rates.get(example.source, 0.0)
        chosen += [example] * (int(rate) + (rng.random() < rate % 1))
    answerable = [e for e in chosen if e.answerable and e.span]
    altered: list[Example | None] = []
    retrieved = []
    for example in answerable:
        kind = rng.random()
        if kind < 0.15:
            retrieved.append(example)
        elif kind < 0.35:
            altered.append(without_answer(example))
        elif kind < 0.65:
            altered.append(altered_question(example, rng))
    altered += wrong.draw(retrieved, rng)
    chosen += [e for e in altered if e is not None]
    rng.shuffle(chosen)
    return chosen
