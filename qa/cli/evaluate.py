"""The commands for gold questions: `qa eval` and `qa compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import Json, Sources, with_flags
from qa.cli.output import progress_for

if TYPE_CHECKING:
    from qa.settings import Settings


@with_flags()
def evaluate(
    questions: Annotated[
        Path, typer.Argument(metavar="QUESTIONS.jsonl", help="Gold questions, one JSON object a line.")
    ],
    sources: Sources = None,
    as_json: Json = False,
    wrong: Annotated[bool, typer.Option("--wrong", help="List the questions that were not answered right.")] = False,
    save: Annotated[Path | None, typer.Option(help="Write each answer and how it was judged as JSON lines.")] = None,
    curve: Annotated[
        Path | None, typer.Option(help="Draw coverage against correctness as PNG; use with --min-confidence 0.")
    ] = None,
    *,
    settings: Settings,
) -> None:
    """Ask gold questions and print the figures, in per cent."""
    from qa.cli.opening import open_assistant
    from qa.evaluation import run as gold

    assistant = open_assistant(sources, settings, required=False, progress=progress_for(settings))
    judged = gold.run(questions, assistant)
    if save:
        gold.save(judged, save)
    if curve:
        gold.plot(judged, curve)
    gold.report(judged, as_json=as_json, wrong=wrong)


def compare(
    before: Annotated[Path, typer.Argument(help="A run saved by `qa eval --save`.")],
    after: Annotated[Path, typer.Argument(help="Another run over the same questions.")],
) -> None:
    """Compare two saved runs question by question."""
    from qa.evaluation import run as gold

    gold.compare(before, after)
