"""A batch on a real cluster, of which a node dies."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
import pytest

from qa.answering.assistant import Assistant
from qa.answering.parts import Parts
from qa.answering.prompts import load_prompts
from qa.distributed import batch as distributed
from qa.records.batch import Asked, answers, asked
from qa.records.lines import BadLine, Question
from qa.settings import Settings
from qa.types import Answer, Reading, Timings
from tests.clusters import Nodes, sent_to_workers
from tests.conftest import FakeEmbedder, FakeGenerator, FakeReader

_LINES = 320  # more than are handed out before the first ones are done


class SlowReader(FakeReader):
    """Takes its time, so that there is a middle to die in."""

    def read(self, question: str, texts: Sequence[str]) -> list[tuple[Reading, ...]]:
        time.sleep(0.002)
        return super().read(question, texts)


def opens(article: Path, settings: Settings) -> Assistant:
    generator = FakeGenerator(*["Maria Lopez founded the bakery [1]."] * _LINES)
    return Assistant([str(article)], settings, Parts(FakeEmbedder(), generator, load_prompts(), SlowReader("Maria")))


def lines() -> list[bytes]:
    made = [json.dumps({"id": n, "question": f"Who founded bakery {n}?"}).encode() for n in range(_LINES)]
    made[7] = b"{"
    made[9] = b'{"id": "nine", "question": "Who?", "source": "none.txt"}'
    return made


def timeless(answer: Answer | BadLine) -> Answer | BadLine:
    return replace(answer, timings=Timings()) if isinstance(answer, Answer) else answer


def test_every_line_is_answered_once_and_in_order_though_a_node_dies(
    cluster: Nodes,
    article: Path,
    settings: Settings,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Each process has another key of the index here, and says so; what commands of other tests left would print it.
    monkeypatch.setattr(logging.getLogger("qa"), "handlers", [])
    wanted = list(answers(asked(lines(), "batch", None), opens(article, settings)))
    node = cluster.add()
    batch = asked(lines(), "batch", None)
    made = []
    for answer in distributed.answers(batch, cluster.address, partial(opens, article), settings):
        made.append(answer)
        if len(made) == 20:
            cluster.kill(node)
    assert list(map(timeless, made)) == list(map(timeless, wanted))
    assert capfd.readouterr() == ("", "")


def test_a_line_that_workers_die_of_is_an_error_line(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    line = Asked(3, Question(id="c", question="Who?"))
    monkeypatch.setattr(distributed, "in_order", lambda *_, **__: iter([([line], None)]))
    (made,) = distributed.answers([line], "nowhere", partial(opens, Path("a.txt")), settings)
    assert made == BadLine(3, "every process that tried to answer it died", "c")


@pytest.mark.parametrize(("address", "sent"), [("head:6379", "//me@host/news"), ("local", "//me:sesame@host/news")])
def test_a_password_is_sent_to_no_other_machine(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, address: str, sent: str
) -> None:
    made = sent_to_workers(monkeypatch, distributed)
    kept = msgspec.structs.replace(settings, store="postgresql://me:sesame@host/news")
    assert list(distributed.answers([], address, partial(opens, Path("a.txt")), kept)) == []
    assert sent.encode() in made[0]
