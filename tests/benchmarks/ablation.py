"""What each part is worth: ``python -m tests.benchmarks.ablation QUESTIONS.jsonl [SOURCE]`` prints it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console

from qa.answering.assistant import Assistant
from qa.answering.parts import load_parts
from qa.answering.writing.checks.check import Verdict
from qa.cli.tables import show_figures
from qa.evaluation import run
from qa.evaluation.metrics import figures
from qa.settings import load_settings


def unchecked() -> ExitStack:
    """Let every claim pass, also one that is not what the reader found."""
    stack = ExitStack()
    passing = Verdict(supported=True)
    stack.enter_context(patch("qa.answering.writing.checks.support.check", lambda *_args, **_named: passing))
    for module in ("by_reader", "checks.support"):
        stack.enter_context(patch(f"qa.answering.writing.{module}.agrees", lambda *_: True))
    for name in ("faithful", "speaks_to"):
        stack.enter_context(patch(f"qa.answering.writing.by_reader.{name}", lambda *_args, **_named: True))
    return stack


def main() -> None:
    questions, *sources = sys.argv[1:]
    variants: dict[str, tuple[dict[str, Any], Callable[[], ExitStack]]] = {
        "all": ({}, ExitStack),
        "no reader": ({"reader": "none"}, ExitStack),
        "no abstention": ({"min_confidence": 0.0}, ExitStack),
        "no checker": ({}, unchecked),
    }
    made = {}
    for name, (flags, patched) in variants.items():
        settings = load_settings(flags).settings
        with patched():
            made[name] = figures(run.run(Path(questions), Assistant(sources, settings, load_parts(settings))))
        print(name, made[name], file=sys.stderr, flush=True)
    show_figures(Console(), made)


if __name__ == "__main__":
    main()
