"""Runs a gold file through an assistant, reports the figures, and compares two runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import track

from qa.answering.assistant import Assistant
from qa.cli.tables import show_figures
from qa.errors import QAError, UsageError
from qa.evaluation.metrics import Judged, by_kind, calibration_error, coverage_curve, figures, judge
from qa.records.lines import BadLine, GoldQuestion, read_lines, source_beside
from qa.sources.read import load
from qa.text.display import one_line


def run(questions: Path, assistant: Assistant) -> list[Judged]:
    """Ask every question of the file and judge the answers.

    Raises:
        UsageError: the file cannot be read, or a line of it is not a gold question.
    """
    gold = read_gold(questions)
    console = Console(stderr=True)
    hidden = assistant.settings.quiet or not console.is_terminal
    steps = track(gold, description="asking", console=console, transient=True, disable=hidden)
    return [_ask(one, assistant, questions.parent) for one in steps]


def report(judged: Sequence[Judged], *, as_json: bool, wrong: bool) -> None:
    """Print the figures, and on request the questions that were not answered right."""
    totals = {**figures(judged), "calibration_error": calibration_error(judged)}
    groups = by_kind(judged)
    missed = [j for j in judged if not j.right] if wrong else []
    console = Console()
    if as_json:
        listed = [{"id": j.gold.id, "question": j.gold.question, "answer": j.answer.answer} for j in missed]
        made = {"all": totals, "by_kind": groups, **({"wrong": listed} if wrong else {})}
        console.file.write(msgspec.json.encode(made).decode() + "\n")
        return
    show_figures(console, {"all": totals, **(groups if len(groups) > 1 else {})})
    for j in missed:
        _print(console, f"{j.gold.id}: {j.gold.question}  →  {_given(j)}  expected: {_expected(j)}")


def save(judged: Sequence[Judged], path: Path) -> None:
    """Write what was judged as JSON lines, for `qa compare`."""
    try:
        path.write_bytes(b"".join(msgspec.json.encode(j) + b"\n" for j in judged))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def plot(judged: Sequence[Judged], path: Path) -> None:
    """Draw how right the answers are against how many questions are answered, as the threshold rises.

    Raises:
        UsageError: matplotlib is missing, or the picture cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("--curve needs matplotlib; run `pip install matplotlib`") from error
    curve = coverage_curve(judged)
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot(xlabel="questions answered, %", ylabel="of these right, %", xlim=(0, 100), ylim=(0, 100))
    axes.plot([100 * c for _, c, _ in curve], [100 * r for _, _, r in curve])
    axes.grid(visible=True, alpha=0.3)
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: the curve cannot be written: {error}") from error


def compare(before: Path, after: Path) -> None:
    """Print two saved runs side by side, and each question that one got right and the other did not.

    Raises:
        UsageError: a file cannot be read, or the two have no question in common.
    """
    old, new = _read_judged(before), _read_judged(after)
    common = [key for key in old if key in new]
    if not common:
        raise UsageError(f"{before} and {after} have no question in common")
    console = Console()
    show_figures(console, {str(path): figures([run[k] for k in common]) for path, run in ((before, old), (after, new))})
    for title, one, other in (("right before, wrong now", old, new), ("wrong before, right now", new, old)):
        changed = [k for k in common if one[k].right and not other[k].right]
        _print(console, f"{title}: {len(changed)}")
        for key in changed:
            _print(console, f"  {key[0]}: {key[1]}  {_given(old[key])}  →  {_given(new[key])}")


def read_gold(path: Path) -> list[GoldQuestion]:
    """Read a gold file.

    Raises:
        UsageError: it cannot be read, or a line of it is not a gold question.
    """
    gold = []
    for number, line in read_lines(_lines(path), GoldQuestion):
        if isinstance(line, BadLine):
            raise UsageError(f"{path}: line {number}: {line.error}")
        gold.append(line)
    if not gold:
        raise UsageError(f"{path}: holds no question")
    return gold


def _read_judged(path: Path) -> dict[tuple[str, str], Judged]:
    found = {}
    for number, raw in enumerate(_lines(path), start=1):
        try:
            one = msgspec.json.decode(raw, type=Judged)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: line {number} is not of a run saved by `qa eval --save`: {error}") from error
        found[str(one.gold.id), one.gold.question] = one
    return found


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def _ask(gold: GoldQuestion, assistant: Assistant, folder: Path) -> Judged:
    sources = (source_beside(gold.source, folder),) if gold.source else assistant.sources
    if len(sources) != 1:
        raise UsageError(f"question {gold.id!r}: needs one source, in its line or with -s")
    try:
        answer = assistant.ask(gold.question, history=gold.history, sources=sources)
        text = load(sources[0], assistant.settings.limits).text
    except QAError as error:
        raise type(error)(f"question {gold.id!r}: {error}") from error
    return judge(gold, replace(answer, id=gold.id), text)


def _given(judged: Judged) -> str:
    return f"{judged.answer.answer} ({judged.answer.confidence:.2f})"


def _expected(judged: Judged) -> str:
    return " | ".join(judged.gold.answers) or "not in the article"


def _print(console: Console, line: str) -> None:
    console.print(one_line(line), markup=False, highlight=False, soft_wrap=True)
