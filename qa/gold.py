"""Runs a gold file through an assistant and reports the figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import track

from qa.assistant import Assistant
from qa.errors import UsageError
from qa.evaluation import Judged, by_kind, calibration_error, figures, judge
from qa.loader import load
from qa.questions import BadLine, GoldQuestion, read_lines, source_beside
from qa.render import one_line, show_figures


def run(questions: Path, assistant: Assistant, *, as_json: bool, wrong: bool, save: Path | None) -> None:
    """Ask every question of the file, print the figures, and on request list or save what was judged.

    Raises:
        UsageError: the file cannot be read, or a line of it is not a gold question.
    """
    settings = assistant.settings
    judged = [
        _ask(gold, assistant, questions.parent)
        for gold in track(
            read_gold(questions),
            description="asking",
            console=Console(stderr=True),
            transient=True,
            disable=settings.quiet or not Console(stderr=True).is_terminal,
        )
    ]
    totals = {**figures(judged), "calibration_error": calibration_error(judged)}
    if save:
        save.write_bytes(b"".join(msgspec.json.encode(j) + b"\n" for j in judged))
    console = Console()
    if as_json:
        listed = [
            {"id": j.gold.id, "question": j.gold.question, "answer": j.answer.answer} for j in judged if not j.right
        ]
        report = {"all": totals, "by_kind": by_kind(judged), **({"wrong": listed} if wrong else {})}
        console.file.write(msgspec.json.encode(report).decode() + "\n")
        return
    groups = by_kind(judged)
    show_figures(console, {"all": totals, **(groups if len(groups) > 1 else {})})
    for j in judged if wrong else ():
        if not j.right:
            expected = " | ".join(j.gold.answers) or "not in the article"
            given = f"{j.answer.answer} ({j.answer.confidence:.2f})"
            line = f"{j.gold.id}: {j.gold.question}  →  {given}  expected: {expected}"
            console.print(one_line(line), markup=False, highlight=False, soft_wrap=True)


def read_gold(path: Path) -> list[GoldQuestion]:
    """Read a gold file.

    Raises:
        UsageError: it cannot be read, or a line of it is not a gold question.
    """
    gold = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    for number, line in read_lines(lines, GoldQuestion):
        if isinstance(line, BadLine):
            raise UsageError(f"{path}: line {number}: {line.error}")
        gold.append(line)
    if not gold:
        raise UsageError(f"{path}: holds no question")
    return gold


def _ask(gold: GoldQuestion, assistant: Assistant, folder: Path) -> Judged:
    sources = (source_beside(gold.source, folder),) if gold.source else assistant.sources
    if len(sources) != 1:
        raise UsageError(f"question {gold.id!r}: needs one source, in its line or with -s")
    answer = assistant.ask(gold.question, history=gold.history, sources=sources)
    return judge(gold, replace(answer, id=gold.id), load(sources[0], max_bytes=assistant.settings.max_bytes).text)
