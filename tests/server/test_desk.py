from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from qa.answering.assistant import Assistant
from qa.answering.parts import Parts
from qa.answering.prompts import load_prompts
from qa.errors import ModelError, SourceError, UsageError
from qa.server import desk as desk_module
from qa.server.desk import Desk
from qa.server.metrics import Metrics
from qa.server.refusals import RefusedError
from qa.settings import Settings
from qa.types import Answer, Evidence
from tests.conftest import FakeEmbedder, FakeGenerator, FakeReader
from tests.server.conftest import SAID, until

Make = Callable[..., Desk]


@pytest.fixture
def make(article: Path, settings: Settings) -> Iterator[Make]:
    made: list[Desk] = []

    def start(threads: int = 1, generator: FakeGenerator | None = None, **limits: Any) -> Desk:
        parts = Parts(FakeEmbedder(), generator or FakeGenerator(*[SAID] * 9), load_prompts(), FakeReader("Maria"))
        assistants = [Assistant([str(article)], settings, parts) for _ in range(threads)]
        made.append(Desk(assistants, Metrics(), **limits))
        made[-1].start()
        return made[-1]

    yield start
    for one in made:
        one.close(5.0)


class Gate:
    """Work that says when it has begun, and ends when it may."""

    def __init__(self) -> None:
        self.begun, self.open, self.steps = threading.Event(), threading.Event(), 0

    def __call__(self, _: Assistant) -> Iterator[int]:
        self.begun.set()
        yield 0
        self.open.wait(20)
        for self.steps in range(1, 4):
            yield self.steps


async def collect(steps: AsyncIterator[Any]) -> list[Any]:
    return [step async for step in steps]


async def began(gate: Gate) -> None:
    assert await asyncio.to_thread(gate.begun.wait, 20)


def noting(order: list[int], number: int, _: Assistant) -> None:
    order.append(number)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 30))


def test_a_question_is_answered_whole_and_in_steps(make: Make) -> None:
    async def work() -> None:
        desk = make()
        answer = await desk.ask("Who founded the bakery?")
        assert answer.answer == SAID
        first, *texts, last = await collect(desk.stream("Who founded the bakery?"))
        assert isinstance(first, Evidence)
        assert isinstance(last, Answer)
        assert "".join(texts) == last.answer

    run(work())


def test_each_question_has_its_own_history_and_sources(make: Make, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("Maria was not there. The school burnt down in 1950.", encoding="utf-8")

    async def work() -> None:
        desk = make()
        answers = await asyncio.gather(*(desk.ask("Who?", sources=[str(other)] if n % 2 else ()) for n in range(6)))
        for n, answer in enumerate(answers):
            assert {Path(c.source).name for c in answer.citations} == {"other.txt" if n % 2 else "bakery.txt"}

    run(work())


def test_the_first_to_come_is_the_first_to_be_served(make: Make) -> None:
    async def work() -> None:
        desk, gate, order = make(), Gate(), list[int]()
        holding = asyncio.ensure_future(collect(desk.steps(gate)))
        await began(gate)
        asking = [asyncio.ensure_future(desk.do(partial(noting, order, n))) for n in range(8)]
        await asyncio.sleep(0)
        gate.open.set()
        await asyncio.gather(holding, *asking)
        assert order == [*range(8)]

    run(work())


def test_too_many_are_refused_and_told_when_to_come_again(make: Make) -> None:
    async def work() -> None:
        desk, gate = make(waiting=2), Gate()
        holding = asyncio.ensure_future(collect(desk.steps(gate)))
        await began(gate)
        waiting = [asyncio.ensure_future(desk.do(lambda _: 1)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(RefusedError, match="2 questions are waiting") as refused:
            await desk.do(lambda _: 1)
        assert refused.value.status == 429
        assert int(refused.value.headers["Retry-After"]) >= 1
        gate.open.set()
        await holding
        assert await asyncio.gather(*waiting) == [1, 1]
        assert await desk.do(lambda _: 2) == 2

    run(work())


def test_after_the_deadline_nobody_waits_and_nothing_goes_on(make: Make) -> None:
    async def work() -> None:
        desk, gate = make(seconds=0.2), Gate()
        with pytest.raises(RefusedError, match=r"no answer within 0\.2 s") as refused:
            await collect(desk.steps(gate))
        assert refused.value.status == 504
        gate.open.set()
        assert await desk.do(lambda _: gate.steps) == 1  # it stopped at the next step

    run(work())


@pytest.mark.parametrize("running", [True, False])
def test_who_goes_away_is_not_worked_for(make: Make, *, running: bool) -> None:
    async def work() -> None:
        desk, gate, other = make(), Gate(), Gate()
        holding = asyncio.ensure_future(collect(desk.steps(gate)))
        await began(gate)
        waiting = asyncio.ensure_future(collect(desk.steps(other)))
        await asyncio.sleep(0)
        gone = holding if running else waiting
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        gate.open.set()
        other.open.set()
        assert await desk.do(lambda _: (gate.steps, other.begun.is_set())) == ((1, True) if running else (3, False))
        await asyncio.gather(holding, waiting, return_exceptions=True)

    run(work())


def test_a_stream_gives_signs_of_life(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "_BEAT", 0.02)

    async def work() -> None:
        gate, seen = Gate(), []
        async with aclosing(make().steps(gate)) as steps:
            async for step in steps:
                seen.append(step)
                if step is None:
                    gate.open.set()
        assert seen[0] == 0
        assert None in seen
        assert [s for s in seen if s is not None] == [0, 1, 2, 3]

    run(work())


def test_what_can_wait_makes_way_for_a_question_and_is_done_afterwards(make: Make) -> None:
    async def work() -> None:
        desk, tries, asked = make(), list[bool](), threading.Event()

        def errand(_: Assistant, pause: Callable[[], None]) -> str:
            tries.append(asked.is_set())
            while not asked.is_set():
                pause()
            return "done"

        running = asyncio.ensure_future(desk.when_idle(errand))
        await asyncio.to_thread(until, lambda: bool(tries))
        await desk.do(lambda _: asked.set())
        assert await running == "done"
        assert tries == [False, True]

    run(work())


def test_an_error_is_one_for_whom_it_concerns_alone(make: Make) -> None:
    def fails(error: Exception) -> Callable[[Assistant], None]:
        def work(_: Assistant) -> None:
            raise error

        return work

    async def work() -> None:
        desk = make()
        for error, status in ((UsageError("wrong"), 400), (SourceError("gone"), 409), (ModelError("broken"), 500)):
            with pytest.raises(RefusedError, match=str(error)) as refused:
                await desk.do(fails(error))
            assert refused.value.status == status
        with pytest.raises(ZeroDivisionError):
            await desk.do(fails(ZeroDivisionError()))
        assert await desk.do(lambda _: 1) == 1

    run(work())


def test_models_that_cannot_be_loaded_are_said_to_everyone(make: Make) -> None:
    class Broken(FakeGenerator):
        def load(self) -> None:
            raise ModelError("no such model; take another")

    async def work() -> None:
        desk = make(generator=Broken())
        await asyncio.to_thread(until, lambda: desk.missing().startswith("no such model"))
        with pytest.raises(RefusedError, match="take another") as refused:
            await desk.ask("Who?")
        assert refused.value.status == 503

    run(work())


def test_the_end_is_said_to_all_that_wait_or_run(make: Make) -> None:
    async def work() -> None:
        desk, gate = make(), Gate()
        tasks = [asyncio.ensure_future(collect(desk.steps(gate))), asyncio.ensure_future(desk.do(lambda _: 1))]
        await began(gate)
        tasks.append(asyncio.ensure_future(desk.when_idle(lambda *_: 1)))
        await asyncio.sleep(0)
        desk.close()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(ended, RefusedError)
            assert ended.status == 503
        with pytest.raises(RefusedError, match="stopping"):
            await desk.do(lambda _: 1)
        gate.open.set()

    run(work())


def test_several_threads_answer_at_a_time(make: Make) -> None:
    async def work() -> None:
        desk, meeting = make(threads=2), threading.Barrier(2, timeout=20)
        await asyncio.gather(*(desk.do(lambda _: meeting.wait()) for _ in range(2)))

    run(work())
