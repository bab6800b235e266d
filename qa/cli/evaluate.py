"""The commands for gold questions: `qa eval` and `qa compare`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import Json, Sources, with_flags
from qa.cli.output import print_json, progress_for, say

if TYPE_CHECKING:
    from qa.evaluation.metrics import Judged
    from qa.settings import Settings


@with_flags()
def evaluate(
    questions: Annotated[
        Path, typer.Argument(metavar="QUESTIONS.jsonl", help="Gold questions, one JSON object a line.")
    ],
    sources: Sources = None,
    as_json: Json = False,
    wrong: Annotated[bool, typer.Option("--wrong", help="List the questions with a wrong answer.")] = False,
    save: Annotated[
        Path | None, typer.Option(help="Write each answer and how it was judged as JSON lines, for `qa compare`.")
    ] = None,
    curve: Annotated[
        Path | None, typer.Option(help="Draw coverage against correctness as PNG; use with --min-confidence 0.")
    ] = None,
    *,
    settings: Settings,
) -> None:
    """Ask gold questions and print the figures, in per cent."""
    from qa.cli.opening import open_assistant
    from qa.evaluation import run
    from qa.evaluation.plot import can_plot, plot

    if curve:
        can_plot()
    if save:
        run.can_save(save)
    progress = progress_for(settings)
    assistant = open_assistant(sources, settings, required=False, progress=progress)
    judged = run.run(questions, assistant, progress)
    if save:
        run.save(judged, save)
    if curve:
        plot(judged, curve)
    (_print_json if as_json else _print)(judged, wrong=wrong)


def _print_json(judged: Sequence[Judged], *, wrong: bool) -> None:
    from qa.evaluation.metrics import by_kind, totals

    report: dict[str, object] = {"all": totals(judged), "by_kind": by_kind(judged)}
    if wrong:
        report["wrong"] = [
            {"id": j.gold.id, "question": j.gold.question, "answer": j.answer.answer} for j in judged if not j.right
        ]
    print_json(report)


def _print(judged: Sequence[Judged], *, wrong: bool) -> None:
    from rich.console import Console

    from qa.cli.tables import show_figures
    from qa.evaluation.metrics import by_kind, totals

    kinds = by_kind(judged)
    show_figures(Console(), {"all": totals(judged), **(kinds if len(kinds) > 1 else {})})
    for j in judged if wrong else ():
        if not j.right:
            expected = " | ".join(j.gold.answers or j.gold.evidence) if j.gold.answerable else "not in the article"
            say(f"{j.gold.id}: {j.gold.question}  →  {_given(j)}  expected: {expected}")


def compare(
    before: Annotated[Path, typer.Argument(help="A run saved by `qa eval --save`.")],
    after: Annotated[Path, typer.Argument(help="Another run over the same questions.")],
) -> None:
    """Compare two saved runs question by question."""
    from rich.console import Console

    from qa.cli.tables import show_figures
    from qa.evaluation.compare import compare as compare_runs

    comparison = compare_runs(before, after)
    show_figures(Console(), {str(before): comparison.before, str(after): comparison.after})
    for title, changes in (
        ("right before, wrong now", comparison.lost),
        ("wrong before, right now", comparison.gained),
    ):
        say(f"{title}: {len(changes)}")
        for change in changes:
            gold = change.before.gold
            say(f"  {gold.id}: {gold.question}  {_given(change.before)}  →  {_given(change.after)}")


def _given(judged: Judged) -> str:
    return f"{judged.answer.answer} ({judged.answer.confidence:.2f})"
