from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from qa.answering.assistant import Assistant
from qa.errors import SourceError, UsageError
from qa.evaluation.compare import compare
from qa.evaluation.metrics import Judged
from qa.evaluation.run import read_gold, read_saved, run, save
from tests.conftest import FakeReader

LINES = [
    {
        "id": 1,
        "question": "Who founded the bakery?",
        "answers": ["Maria Lopez"],
        "answerable": True,
        "evidence": ["Maria Lopez"],
    },
    {"id": 2, "question": "How old is it?", "answerable": False, "kind": "unanswerable"},
]


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES), encoding="utf-8")
    return path


@pytest.fixture
def judged(gold: Path, make_assistant: Callable[..., Assistant]) -> list[Judged]:
    return run(gold, make_assistant(*["Maria Lopez founded the bakery [1]."] * 9, reader=FakeReader("Maria Lopez")))


def test_a_run_reports_its_progress(gold: Path, make_assistant: Callable[..., Assistant]) -> None:
    reported: list[tuple[str, int, int]] = []
    assistant = make_assistant(*["Maria Lopez founded the bakery [1]."] * 9, reader=FakeReader("Maria Lopez"))
    judged = run(gold, assistant, lambda *step: reported.append(step))
    assert [(j.gold.id, j.right) for j in judged] == [(1, True), (2, False)]
    assert reported == [("asking", 1, 2), ("asking", 2, 2)]


def test_an_error_names_its_question(tmp_path: Path, make_assistant: Callable[..., Assistant]) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps({**LINES[1], "source": "none.txt"}), encoding="utf-8")
    with pytest.raises(SourceError, match=r"question 2: .*none\.txt: no such file"):
        run(path, make_assistant())


def test_a_gold_file_without_a_question_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(UsageError, match="contains no question"):
        read_gold(path)
    path.write_text('\n{"question": "Who?"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="line 2: "):
        read_gold(path)


def test_a_saved_run_is_read_back(judged: list[Judged], tmp_path: Path) -> None:
    save(judged, tmp_path / "run.jsonl")
    assert msgspec.json.encode(read_saved(tmp_path / "run.jsonl")) == msgspec.json.encode(judged)


def test_the_same_question_of_several_articles_is_compared_for_each(judged: list[Judged], tmp_path: Path) -> None:
    several = [replace(judged[0], gold=msgspec.structs.replace(judged[0].gold, source=s)) for s in ("a.txt", "b.txt")]
    save(several, tmp_path / "run.jsonl")
    assert compare(tmp_path / "run.jsonl", tmp_path / "run.jsonl").before["questions"] == 2


def test_two_runs_differ_in_the_questions_whose_result_changed(judged: list[Judged], tmp_path: Path) -> None:
    save(judged, tmp_path / "before.jsonl")
    save([replace(j, right=not j.right) for j in judged], tmp_path / "after.jsonl")
    comparison = compare(tmp_path / "before.jsonl", tmp_path / "after.jsonl")
    assert [c.before.gold.id for c in comparison.lost] == [1]
    assert [c.after.gold.id for c in comparison.gained] == [2]
    assert (comparison.before["right"], comparison.after["right"]) == (50.0, 50.0)
    save([replace(j, gold=msgspec.structs.replace(j.gold, id="other")) for j in judged], tmp_path / "other.jsonl")
    with pytest.raises(UsageError, match="no question in common"):
        compare(tmp_path / "before.jsonl", tmp_path / "other.jsonl")
