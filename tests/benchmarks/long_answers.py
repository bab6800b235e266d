"""Long answers: ``python -m tests.benchmarks.long_answers DATA COUNT``; DATA is a file of answers that people wrote.

Each of COUNT questions is asked at length of the text it was written for, once as the bundled models answer it, and
once of a served model that writes the sentences which people rested their answer on.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import tempfile
from pathlib import Path

import msgspec
from rich.console import Console

from qa.answering.assistant import Assistant
from qa.answering.parts import load_parts
from qa.cli.tables import show_figures
from qa.evaluation import run
from qa.evaluation.metrics import figures
from qa.records.lines import GoldQuestion
from qa.settings import load_settings
from tests.benchmarks.oracle import NOT_STATED, Model, plain, served, settings_for

SEED = 5


def gold_in(folder: Path, data: Path, count: int) -> Path:
    """Write the texts and a gold file of their questions into ``folder``; return the gold file."""
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["source"] == "clapnq"]
    rows = [r for r in rows if not r["answerable"] or len(_points(r)) > 1]
    gold = []
    for number, row in enumerate(random.Random(SEED).sample(rows, min(count, len(rows)))):
        (folder / f"{number}.txt").write_text(f"{row['title']}\n\n{row['context']}\n", encoding="utf-8")
        asked = row["question"].strip("? ")
        gold.append(
            GoldQuestion(
                question=f"Explain {asked}" if not asked.lower().startswith("explain") else asked,
                source=f"{number}.txt",
                answerable=row["answerable"],
                answers=[row["answer"]] if row["answer"] else [],
                evidence=_points(row) if row["answerable"] else [],
                long=True,
            )
        )
    path = folder / "questions.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(g) + b"\n" for g in gold))
    return path


def _points(row: dict[str, object]) -> list[str]:
    evidence, context = row["evidence"], str(row["context"])
    return [e for e in evidence if e in context] if isinstance(evidence, list) else []


def knowing(questions: Path) -> Model:
    """Make a model that writes the sentences of the evidence, each with the passage that holds it."""
    known = {plain(g.question): g for g in run.read_gold(questions)}

    def answer(question: str, passages: dict[int, str], _: int) -> str:
        written = []
        for point in map(plain, known[plain(question)].evidence):
            number = next((n for n, passage in passages.items() if point in passage), None)
            if number:
                written.append(f"{point.rstrip('. ')} [{number}].")
        return " ".join(written) or NOT_STATED

    return answer


def main() -> None:
    data, count = sys.argv[1:]
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        questions = gold_in(Path(folder), Path(data), int(count))
        with served(knowing(questions)) as address:
            bundled = load_settings({"index_dir": str(Path(folder) / "indexes")}).settings
            knows = settings_for(address, index_dir=str(Path(folder) / "indexes"))
            for name, settings in (("bundled", bundled), ("a model that knows", knows)):
                judged = run.run(questions, Assistant([], settings, load_parts(settings)))
                made[name] = figures(judged)
    show_figures(Console(), made)


if __name__ == "__main__":
    main()
