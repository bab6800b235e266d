"""Documents that agree and that do not: a collection of short texts is asked, and what is made of them judged."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import msgspec

from qa.answering.assistant import Assistant
from qa.answering.collection import Collection
from qa.answering.parts import Parts, load_parts
from qa.collections.prepare import prepare
from qa.collections.update import Update
from qa.index.prepare import recipe_of
from qa.index.stores.open import open_store
from qa.settings import Settings, load_settings
from qa.sources.fetch import Pages
from qa.types import Answer

NEWSROOM = Path(__file__).parents[1] / "newsroom"
Kind = Literal["agree", "differ", "one", "none"]


class Asked(msgspec.Struct, frozen=True):
    """A question, what the documents make of it, the answers that they give, and which of them do."""

    id: str
    part: Literal["tune", "report"]
    kind: Kind
    question: str
    answers: list[str]
    sources: list[str]


def questions() -> Iterator[Asked]:
    """Read the questions about the newsroom's texts."""
    for line in (NEWSROOM / "questions.jsonl").read_bytes().splitlines():
        yield msgspec.json.decode(line, type=Asked)


def indexed(name: str, folder: Path, settings: Settings, parts: Parts) -> Assistant:
    """Index the texts of ``folder`` as a collection, and open an assistant over it."""
    with open_store(settings, name, write=recipe_of(settings, parts.embedder)) as store:
        update = Update([str(folder / "*.txt")], Pages(settings))
        for _ in update.run(store, lambda works: prepare(works, settings, parts.embedder)):
            pass
    return Assistant((), settings, parts, corpus=Collection.open(name, settings, parts.embedder))


def found(answer: Answer) -> Kind:
    """Tell what an answer makes of its sources."""
    if answer.status != "answered":
        return "none"
    if any(check.startswith("the sources disagree") for check in answer.checks):
        return "differ"
    return "agree" if len({c.source for c in answer.citations}) > 1 else "one"


def right(asked: Asked, answer: Answer) -> bool:
    """Tell whether an answer has what the documents say: all answers where they differ, else one of them."""
    said = [a.lower() in answer.answer.lower() for a in asked.answers]
    return all(said) if asked.kind == "differ" else any(said) if asked.answers else answer.status != "answered"


def main(part: str) -> None:
    """Ask the questions of one part; print each, and a table of what should have been found and what was."""
    table: Counter[tuple[str, str]] = Counter()
    correct = 0
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings({"collections_dir": folder}).settings
        with closing(indexed("newsroom", NEWSROOM, settings, load_parts(settings))) as assistant:
            for asked in (a for a in questions() if a.part == part):
                answer = assistant.ask(asked.question)
                table[asked.kind, found(answer)] += 1
                correct += right(asked, answer)
                print(asked.id, asked.kind, found(answer), right(asked, answer), answer.confidence, answer.answer)
    print({f"{wanted} as {got}": n for (wanted, got), n in sorted(table.items())}, f"right {correct}/{table.total()}")


if __name__ == "__main__":
    main(*sys.argv[1:])
