"""Work on a real cluster, whose workers die."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from qa.distributed.workers import in_order
from qa.errors import ModelError, QAError
from tests.clusters import Nodes


def doubling(folder: Path) -> Callable[[Sequence[int]], list[int]]:
    """Make what doubles numbers; its process dies of 5 each time, and of 3 the first time."""
    (folder / f"started-{os.getpid()}").touch()

    def double(numbers: Sequence[int]) -> list[int]:
        first = folder / "died"
        if 5 in numbers or (3 in numbers and not first.exists()):
            first.touch()
            os._exit(1)
        return [2 * n for n in numbers]

    return double


def warning() -> Callable[[Sequence[int]], list[int]]:
    """Make what warns of each number."""
    log = logging.getLogger("qa.tests")
    log.warning("it starts")

    def warn(numbers: Sequence[int]) -> list[int]:
        for n in numbers:
            log.warning("%d is a number", n)
            log.info("and an odd one")
        return list(numbers)

    return warn


def broken() -> Callable[[Sequence[int]], int]:
    raise ModelError("weights: no such file")


def test_what_a_worker_died_of_is_done_again_and_all_is_given_once(
    cluster: Nodes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = list(in_order(cluster.address, partial(doubling, tmp_path), range(7), together=1, cores=1))
    assert made == [([0], [0]), ([1], [2]), ([2], [4]), ([3], [6]), ([4], [8]), ([5], None), ([6], [12])]
    assert capfd.readouterr() == ("", ""), "the words of Ray are no answers"


def test_what_workers_warn_of_is_said_by_the_command(cluster: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    made = list(in_order(cluster.address, warning, range(3), together=1, cores=1))
    assert made == [([0], [0]), ([1], [1]), ([2], [2])]
    assert sorted(caplog.messages) == ["0 is a number", "1 is a number", "2 is a number", "it starts"]
    assert {(record.name, record.levelname) for record in caplog.records} == {("qa.tests", "WARNING")}


def test_what_a_worker_cannot_be_made_of_is_raised(cluster: Nodes) -> None:
    with pytest.raises(ModelError, match=r"^weights: no such file$"):
        list(in_order(cluster.address, broken, [1], together=1, cores=1))
    with pytest.raises(QAError, match="no machine of the Ray cluster has the 64 cores"):
        list(in_order(cluster.address, broken, [1], together=1, cores=64))


def test_for_no_work_nobody_is_asked() -> None:
    assert list(in_order("nowhere", broken, [], together=1, cores=1)) == []
