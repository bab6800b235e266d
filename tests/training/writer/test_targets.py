"""Targets of the writer, from a pool that is made here."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import msgspec
import pytest

from qa.training.writer.targets import Target, cases, read_targets

CONTEXT = "The bakery in Hilltown was founded by Maria Lopez in 1990. It closed in 2004 after a fire in the kitchen."


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    rows = [
        {"source": "squad2", "question": q, "context": CONTEXT, "answers": [a] if a else [], "answerable": bool(a)}
        for q, a in (
            ("Who founded the bakery in Hilltown?", "Maria Lopez"),
            ("Why did it close?", "a fire in the kitchen"),
            ("Who owns the mill?", ""),
        )
    ]
    with gzip.open(tmp_path / "reader_train.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path


def test_a_question_for_a_fact_has_its_evidence_and_the_other_sentences(pool: Path) -> None:
    ((question, candidate, others),) = cases(pool, random.Random(1))
    assert question == "Who founded the bakery in Hilltown?"
    assert candidate.answer_text == "Maria Lopez"
    assert candidate.quote_text == CONTEXT[: CONTEXT.index(" It closed")]
    assert others == ["It closed in 2004 after a fire in the kitchen."]


def test_targets_are_read_as_they_were_written(tmp_path: Path) -> None:
    target = Target("Who founded it?", ["Maria Lopez founded it."], "Maria Lopez", "Maria Lopez founded it [1].")
    file = tmp_path / "targets.jsonl"
    file.write_bytes(msgspec.json.encode(target) + b"\n")
    assert read_targets(file) == [target]
