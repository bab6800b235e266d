"""A batch on a Ray cluster of several nodes, one of which is killed in the middle, compared with one process."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from qa.cli.opening import open_assistant
from qa.distributed import batch as distributed
from qa.records.batch import answers, asked
from qa.records.lines import BadLine
from qa.settings import Settings
from qa.types import Answer
from tests.clusters import Nodes, nodes

_QUESTIONS = ("Who leads the offensive?", "How many people have died?", "When did it begin?", "What is the capital?")


def lines_of(article: Path, count: int) -> list[bytes]:
    """Write the lines of a batch; every fifth is bad."""
    made = []
    for n in range(count):
        question = {"id": n, "question": f"{_QUESTIONS[n % 4]}{' ' * (n // 4)}", "source": str(article)}
        made.append(json.dumps(question if n % 5 else {"id": n}).encode())
    return made


def run(article: Path, settings: Settings, count: int, sizes: Sequence[int]) -> dict[str, Any]:
    """Answer ``count`` lines in one process, then on clusters of so many nodes, undisturbed and with a node killed.

    Each node has one worker with one thread; the one process has a thread for each core.
    """
    opens = partial(open_assistant, None, required=False)
    lines = lines_of(article, count)
    alone = opens(settings)
    alone.load_models()
    began = time.monotonic()
    wanted = list(answers(asked(lines, "batch", None), alone))
    found: dict[str, Any] = {"lines": count, "one process": {"seconds": round(time.monotonic() - began)}}
    further: list[Any] = []
    with nodes() as cluster:

        def spread() -> Iterator[Answer | BadLine]:
            return distributed.answers(asked(lines, "batch", None), cluster.address, opens, settings)

        for size in sizes:
            while len(further) + 1 < size:
                further.append(cluster.add())
            found[f"{size} nodes"] = _compared(spread(), wanted)
            killing = _killing(spread(), cluster, further.pop(), count // 3)
            found[f"{size} nodes, one killed"] = _compared(killing, wanted)
    return found


def _killing(made: Iterator[Answer | BadLine], cluster: Nodes, node: Any, after: int) -> Iterator[Answer | BadLine]:
    for number, answer in enumerate(made):
        if number == after:
            cluster.kill(node)
        yield answer


def _compared(made: Iterator[Answer | BadLine], wanted: Sequence[Answer | BadLine]) -> dict[str, float]:
    began = time.monotonic()
    got = list(made)
    seconds = round(time.monotonic() - began)
    often = Counter(answer.id for answer in got)
    pairs = zip(got, wanted, strict=False)
    return {
        "seconds": seconds,
        "lost": sum(answer.id not in often for answer in wanted),
        "twice": sum(times > 1 for times in often.values()),
        "out of order": sum(a.id != b.id for a, b in pairs),
        "different": sum(_said(a) != _said(b) for a, b in zip(got, wanted, strict=False)),
    }


def _said(answer: Answer | BadLine) -> object:
    return (answer.answer, answer.citations, answer.status) if isinstance(answer, Answer) else answer
