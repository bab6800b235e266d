"""What each part is worth: ``python -m tests.benchmarks.ablation QUESTIONS.jsonl [SOURCE]`` prints it.

Where questions follow on others, it prints too what the conversation is worth.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console

from qa.answering.assistant import Assistant
from qa.answering.find import Finder
from qa.answering.follow_up import standalone
from qa.answering.parts import load_parts
from qa.answering.writing.checks.check import Verdict
from qa.cli.tables import show_figures
from qa.evaluation import run
from qa.evaluation.metrics import figures
from qa.settings import load_settings
from qa.types import Turn


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


def rewritten() -> AbstractContextManager[object]:
    """Read a follow-up question in one way, as the rules write it out."""
    return _found_by(lambda question, history: (standalone(question, history), ()))


def untold() -> AbstractContextManager[object]:
    """Read a follow-up question as if nothing had been said before."""
    return _found_by(lambda question, _: (question, ()))


def _found_by(
    asked: Callable[[str, Sequence[Turn]], tuple[str, Sequence[Turn]]],
) -> AbstractContextManager[object]:
    find = Finder.find
    return patch.object(Finder, "find", lambda self, question, history: find(self, *asked(question, history)))


@dataclass(frozen=True)
class Variant:
    """Settings other than the defaults, what is patched, and whether the larger reader reads all by itself."""

    flags: Mapping[str, Any] = field(default_factory=dict)
    patched: Callable[[], AbstractContextManager[object]] = ExitStack
    alone: bool = False


VARIANTS = {
    "all": Variant(),
    "small reader": Variant({"reader": "small"}),
    "larger alone": Variant(alone=True),
    "no reader": Variant({"reader": "none"}),
    "no abstention": Variant({"min_confidence": 0.0}),
    "no checker": Variant(patched=unchecked),
    "one reading": Variant(patched=rewritten),
    "no conversation": Variant(patched=untold),
}


def main() -> None:
    questions, *sources = sys.argv[1:]
    talked = any(gold.history for gold in run.read_gold(Path(questions)))
    made = {}
    for name, variant in VARIANTS.items():
        if variant.patched in {rewritten, untold} and not talked:
            continue
        settings = load_settings(dict(variant.flags)).settings
        parts = load_parts(settings)
        parts = replace(parts, quick=parts.reader) if variant.alone else parts
        with variant.patched():
            made[name] = figures(run.run(Path(questions), Assistant(sources, settings, parts)))
        print(name, made[name], file=sys.stderr, flush=True)
    show_figures(Console(), made)


if __name__ == "__main__":
    main()
