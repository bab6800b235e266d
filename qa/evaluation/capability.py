"""Asks a model the shipped gold questions, and decides whether it, the reader or both answer from then on."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from qa.answering.assistant import Assistant
from qa.answering.parts import load_parts
from qa.evaluation import run
from qa.evaluation.metrics import Judged, figures
from qa.models.capability import Capability
from qa.protocols import Progress
from qa.settings import AnswersBy, Settings

QUESTIONS = Path(__file__).parent / "gold" / "questions.jsonl"
# Least per cent of right answers and most of unsupported sentences of a model that decides, alone or with the reader.
_ALONE = (90.0, 10.0)
_TOGETHER = (75.0, 25.0)


def measure(settings: Settings, progress: Progress | None = None) -> Capability:
    """Ask the shipped questions twice of the model that the settings name: the model decides, then the reader.

    A model that has got more wrong than it may is asked no further: a small one is slow to read.

    Raises:
        QAError: the model cannot be used.
    """
    by_model = _asked(settings, "model", progress)
    by_reader = _asked(settings, "reader", progress)
    told = figures(by_model)
    right, unsupported = told["right"], _unsupported(by_model)
    return Capability(
        asked=len(by_model),
        answers_by=decide(right, unsupported),
        right=right,
        reader_right=figures(by_reader)["right"],
        unsupported=unsupported,
        seconds=told["seconds"],
    )


def decide(right: float, unsupported: float) -> AnswersBy:
    """Choose who decides, by the per cent of right answers and of unsupported sentences of the model's own."""
    if right >= _ALONE[0] and unsupported <= _ALONE[1]:
        return "model"
    return "both" if right >= _TOGETHER[0] and unsupported <= _TOGETHER[1] else "reader"


def _asked(settings: Settings, answers_by: AnswersBy, progress: Progress | None) -> list[Judged]:
    with tempfile.TemporaryDirectory() as folder:  # the shipped article is none of the user's
        asked = msgspec.structs.replace(settings, answers_by=answers_by, index_dir=Path(folder))
        judged: list[Judged] = []
        for one in run.each(QUESTIONS, Assistant([], asked, load_parts(asked)), progress):
            judged.append(one)
            if answers_by == "model" and sum(not j.right for j in judged) > _most_wrong():
                break
        return judged


def _most_wrong() -> int:
    """Count the questions that a model may get wrong and still have a say."""
    return int(len(run.read_gold(QUESTIONS)) * (1 - _TOGETHER[0] / 100))


def _unsupported(judged: Sequence[Judged]) -> float:
    written = [line for j in judged for line in j.answer.checks if line.startswith("written: ")]
    return round(100 * sum("”: dropped, " in line for line in written) / len(written), 1) if written else 0.0
