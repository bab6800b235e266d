"""Targets of the writer, from a pool and statements that are made here."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import msgspec
import pytest

from qa.training.data import key_of
from qa.training.writer.targets import STATEMENTS, Statement, Target, read_targets, targets

CONTEXT = "The bakery in Hilltown was founded by Maria Lopez in 1990. It closed in 2004 after a fire in the kitchen."
FIRST = [0, CONTEXT.index(" It closed")]


def place(text: str) -> list[int]:
    at = CONTEXT.index(text)
    return [at, at + len(text)]


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    row = {"id": "squad2:1", "question": "Who founded the bakery in Hilltown?", "context": CONTEXT, "answers": []}
    # An id of the pool can be given twice, with other contexts.
    other = {**row, "context": "Another text. It says nothing of it."}
    with gzip.open(tmp_path / "reader_train.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(r) + "\n" for r in (row, other))
    return tmp_path


def stated(folder: Path, **changes: object) -> list[Target]:
    line = {"over": key_of(CONTEXT), "row": "squad2:1", "quote": FIRST, "words": place("Maria Lopez"), **changes}
    file = folder / "statements.jsonl"
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    return list(targets(folder, file))


def test_a_statement_is_put_together_from_its_text_and_shown_with_question_and_evidence(pool: Path) -> None:
    (target,) = stated(pool, parts=[place("Maria Lopez"), " founded ", place("bakery in Hilltown"), "."])
    assert target.question == "Who founded the bakery in Hilltown?"
    assert target.answer == "Maria Lopez"
    assert target.passages[0] == CONTEXT[slice(*FIRST)]
    assert target.sentence == "Maria Lopez founded bakery in Hilltown [1]."


def test_a_statement_can_bring_a_question_of_its_own(pool: Path) -> None:
    (target,) = stated(pool, row=None, question="Who founded it first?", parts=[place("Maria Lopez"), " founded it."])
    assert target.question == "Who founded it first?"


def test_what_the_checker_turns_away_is_no_target(pool: Path) -> None:
    assert not stated(pool, parts=[place("Maria Lopez"), " founded it in 1991."])


def test_a_relation_that_the_text_does_not_state_in_these_words_is_no_target(pool: Path) -> None:
    assert not stated(pool, parts=[place("Maria Lopez"), " closed the bakery in Hilltown."])


def test_a_statement_over_a_text_that_the_pool_lacks_is_left_out(pool: Path) -> None:
    assert not stated(pool, over=key_of("gone"), parts=[place("Maria Lopez"), " founded it."])


def test_statements_that_are_here_keep_their_places_in_order() -> None:
    made = [msgspec.json.decode(line, type=Statement) for line in STATEMENTS.read_bytes().splitlines()]
    assert len(made) > 1000
    for statement in made:
        (start, end), (first, last) = statement.words, statement.quote
        assert first <= start < end <= last
        assert all(first <= p[0] < p[1] <= last for p in statement.parts if not isinstance(p, str))
        assert (statement.row is None) != (statement.question is None)


def test_targets_are_read_as_they_were_written(tmp_path: Path) -> None:
    target = Target("Who founded it?", ["Maria Lopez founded it."], "Maria Lopez", "Maria Lopez founded it [1].")
    file = tmp_path / "targets.jsonl"
    file.write_bytes(msgspec.json.encode(target) + b"\n")
    assert read_targets(file) == [target]
