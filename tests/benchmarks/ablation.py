"""What each part is worth: ``python -m tests.benchmarks.ablation QUESTIONS.jsonl [SOURCE]`` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from rich.console import Console

from qa import gold, writer
from qa.assistant import Assistant
from qa.checker import Verdict
from qa.evaluation import figures
from qa.models import load_parts
from qa.render import show_figures
from qa.settings import load_settings


@contextmanager
def unchecked() -> Iterator[None]:
    """Let every claim pass, also one that is not what the reader found."""
    check, agreement = writer.check, writer._AGREEMENT
    writer.check = lambda *_args, **_named: Verdict(supported=True)
    writer._AGREEMENT = 0.0
    try:
        yield
    finally:
        writer.check, writer._AGREEMENT = check, agreement


def main() -> None:
    questions, *sources = sys.argv[1:]
    variants = {
        "all": ({}, nullcontext()),
        "no reader": ({"reader": "none"}, nullcontext()),
        "no abstention": ({"min_confidence": 0.0}, nullcontext()),
        "no checker": ({}, unchecked()),
    }
    made = {}
    for name, (flags, context) in variants.items():
        settings = load_settings(flags).settings
        with context:
            made[name] = figures(gold.run(Path(questions), Assistant(sources, settings, load_parts(settings))))
        print(name, made[name], file=sys.stderr, flush=True)
    show_figures(Console(), made)


if __name__ == "__main__":
    main()
