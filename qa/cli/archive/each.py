"""What `qa ask --each` does: one question to every document of a collection."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer

from qa.cli.output import print_json, resumed, watched, way_on

if TYPE_CHECKING:
    from qa.answering.assistant import Assistant
    from qa.protocols import Progress
    from qa.records.lines import BadLine
    from qa.types import Answer


def ask_each(
    question: str,
    assistant: Assistant,
    *,
    form: str,
    ordered: bool,
    resume: Path | None,
    progress: Progress | None,
) -> None:
    """Ask, and print a line for each document as ``form``, json, text or csv: as each is done, or ``ordered`` at last.

    What is added to a file to ``resume`` is JSON; in another form or order the answers of all documents that are asked
    are printed at the end.

    Raises:
        QAError: the collection cannot be used, or the file cannot be written or is of something else.
    """
    from qa.records.each import Each, by_confidence

    each = Each(question, assistant)
    # A bar would break up answers on the same terminal.
    bar = None if resume is None and sys.stdout.isatty() else progress
    # Elsewhere than in a file to resume, only JSON that is printed at once is of use to another run.
    onwards = way_on(resume) if resume is not None or (form == "json" and not ordered) else ""
    with resumed(resume, each.answered_before) as (file, starts):
        lines = watched(each.answers(but=starts), "asking", len(starts), len(each), bar, onwards)
        if file is not None:
            added = _added(lines, file)
            if form == "json" and not ordered:
                return
            lines = each.saved(file, starts | added)
        _print(by_confidence(lines) if ordered else lines, form)


def _added(lines: Iterable[Answer | BadLine], file: BinaryIO) -> dict[str, int]:
    """Write the answers to ``file``; give the byte at which each begins, by its document."""
    starts = {}
    for line in lines:
        starts[str(line.id)] = file.tell()
        print_json(line, file)
    return starts


def _print(lines: Iterable[Answer | BadLine], form: str) -> None:
    from qa.records.each import as_text, write_table

    if form == "csv":
        write_table(lines, sys.stdout)
        return
    for line in lines:
        if form == "json":
            print_json(line)
        else:
            typer.echo(as_text(line))
