from __future__ import annotations

from pathlib import Path

import pytest

from qa.evaluation.capability import QUESTIONS, decide, measure
from qa.evaluation.run import read_gold
from tests.benchmarks.oracle import NOT_STATED, oracle, served, settings_for


@pytest.mark.parametrize(
    ("right", "unsupported", "answers_by"),
    [(95, 0, "model"), (95, 20, "both"), (80, 10, "both"), (95, 60, "reader"), (50, 0, "reader")],
)
def test_who_decides(right: float, unsupported: float, answers_by: str) -> None:
    assert decide(right, unsupported) == answers_by


@pytest.mark.real
def test_a_model_that_knows_the_answers_decides(tmp_path: Path) -> None:
    with served(oracle(QUESTIONS)) as address:
        assert measure(settings_for(address, index_dir=tmp_path / "indexes")).answers_by == "model"
    assert not (tmp_path / "indexes").exists()


@pytest.mark.real
def test_a_model_that_says_nothing_does_not(tmp_path: Path) -> None:
    with served(lambda *_: NOT_STATED) as address:
        found = measure(settings_for(address, index_dir=tmp_path))
    assert found.answers_by == "reader"
    assert found.asked < len(read_gold(QUESTIONS))
