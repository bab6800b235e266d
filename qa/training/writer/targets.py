"""Sentences to learn from: ``python -m qa.training.writer.targets --data DIR --out FILE``.

``statements.jsonl`` has a statement for each of some questions of the pool: what a careful writer makes of the question,
the sentence that answers it and the answer. What it takes over from the text is kept as places in it. What the checker
would turn away is left out.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec

from qa.answering.writing.checks.restate import faithful, speaks_to
from qa.answering.writing.checks.support import ground
from qa.answering.writing.citations import Claim
from qa.text.sentences import sentences
from qa.training.data import joined, key_of, rows_of
from qa.types import Candidate, Document, Hit, Passage, Span

STATEMENTS = Path(__file__).with_name("statements.jsonl")
_BESIDE = 0.3  # share that is shown another sentence too, as weaker evidence is in use
_SEED = 3


class Statement(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of ``statements.jsonl``.

    ``over`` names a context of the pool (``key_of``), ``row`` the id of the question about it that is asked if there is
    no ``question``. ``quote``, ``words`` and the places among ``parts`` are [start, end) in the context; the parts
    together are the statement.
    """

    over: str
    quote: tuple[int, int]
    words: tuple[int, int]
    parts: list[tuple[int, int] | str]
    row: str | None = None
    question: str | None = None

    def of(self, context: str) -> str:
        """Return the statement over its context."""
        return joined(self.parts, context)


class Target(msgspec.Struct, frozen=True):
    """What the model is shown and what it is to write; the first of the passages holds the answer."""

    question: str
    passages: list[str]
    answer: str
    sentence: str


def read_targets(path: Path) -> list[Target]:
    """Read the file that this module writes."""
    return [msgspec.json.decode(line, type=Target) for line in path.read_bytes().splitlines()]


def targets(folder: Path, statements: Path = STATEMENTS) -> Iterator[Target]:
    """Make a target of each statement over the pool in ``folder`` that the checker lets stand."""
    rng = random.Random(_SEED)
    contexts, questions = {}, {}
    for row in rows_of(folder / "reader_train.jsonl.gz"):
        over = key_of(row["context"])
        contexts[over], questions[over, row["id"]] = row["context"], row["question"]
    for line in statements.read_bytes().splitlines():
        statement = msgspec.json.decode(line, type=Statement)
        question = statement.question or questions.get((statement.over, statement.row))
        if statement.over not in contexts or question is None:
            continue
        text = contexts[statement.over]
        quote = Span(*statement.quote)
        hit = Hit(Document("pool", text, ""), Passage(quote, (quote,)), similarity=1.0, score=1.0)
        candidate = Candidate(hit, answer=Span(*statement.words), quote=quote, probability=0.95, exact=1.0)
        said = statement.of(text).rstrip(". ")
        supported, _ = ground(Claim(said, (1,)), question, [candidate])
        relation = (said, candidate.answer_text, candidate.quote_text)
        if supported is None or not speaks_to(said, question, candidate.quote_text):
            continue
        if not faithful(*relation, question=question):
            continue
        others = [s.of(text) for s in sentences(text) if s.end <= quote.start or s.start >= quote.end]
        beside = [rng.choice(others)] if others and rng.random() < _BESIDE else []
        yield Target(question, [quote.of(text), *beside], candidate.answer_text, f"{said} [1].")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the training pool")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    made = list(targets(arguments.data))
    arguments.out.write_bytes(b"".join(msgspec.json.encode(target) + b"\n" for target in made))
    print(f"{arguments.out}: {len(made)} targets")


if __name__ == "__main__":
    main()
