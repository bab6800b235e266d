"""Gold questions asked and compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("_fake_models")
Run = Callable[..., tuple[int, str, str]]


def test_gold_questions_give_figures(qa: Run, article: Path, silent: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    lines = [
        {
            "id": 1,
            "question": "Who founded the bakery?",
            "answers": ["Maria Lopez"],
            "answerable": True,
            "evidence": ["Maria Lopez"],
        },
        {"id": 2, "question": "How old is it?", "answerable": False, "kind": "unanswerable"},
    ]
    gold.write_text("".join(json.dumps(line) + "\n" for line in lines))
    saved = tmp_path / "judged.jsonl"
    status, out, _ = qa("eval", gold, "-s", article, "--json", "--wrong", "--save", saved)
    report = json.loads(out)
    assert status == 0
    assert report["all"]["right"] == 50.0
    assert report["by_kind"]["question"]["citation_recall"] == 100.0
    assert [w["id"] for w in report["wrong"]] == [2]
    assert len(saved.read_text().splitlines()) == 2
    assert "expected: not in the article" in qa("eval", gold, "-s", article, "--wrong")[1]
    assert "cannot be written" in qa("eval", tmp_path / "none.jsonl", "--save", tmp_path / "none" / "s.jsonl")[2]
    assert "needs one source" in qa("eval", gold, "-s", article, "-s", silent)[2]


def test_two_runs_are_compared_question_by_question(qa: Run, article: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        '{"id": 1, "question": "Who founded the bakery?", "answers": ["Maria"], "answerable": true,'
        ' "evidence": ["Maria"]}'
    )
    runs = [tmp_path / "sure.jsonl", tmp_path / "unsure.jsonl"]
    curve = tmp_path / "curve.png"
    assert qa("eval", gold, "-s", article, "--save", runs[0], "--curve", curve)[0] == 0
    assert curve.read_bytes().startswith(b"\x89PNG")
    assert qa("eval", gold, "-s", article, "--save", runs[1], "--min-confidence", "1")[0] == 0
    status, out, _ = qa("compare", *runs)
    assert status == 0
    assert "right before, wrong now: 1\n" in out
    assert "wrong before, right now: 0\n" in out
    assert "not of a run" in qa("compare", gold, runs[0])[2]
    assert "cannot be written" in qa("eval", gold, "-s", article, "--curve", tmp_path / "none" / "c.png")[2]
