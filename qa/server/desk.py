"""The desk: a bounded queue of questions, and the threads that answer them, each with an assistant of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, suppress
from typing import Any, TypeVar

import anyio

from qa.answering.assistant import Assistant
from qa.errors import QAError
from qa.server.metrics import Metrics
from qa.server.refusals import RefusedError, refusal_of
from qa.types import Answer, Evidence, Turn

log = logging.getLogger(__name__)

Step = Evidence | str | Answer
Work = Callable[[Assistant], Iterator[Any]]
Result = TypeVar("Result")
_BEAT = 10.0  # seconds between the signs of life of a stream
_END = object()


class _MakeWayError(Exception):
    """A question waits: what is done when nothing else is to be done has to end."""


class _Job:
    """Work that waits or runs; its steps go to the event loop of whoever asked for it."""

    def __init__(self, work: Work, *, idle: bool = False) -> None:
        self.work, self.idle = work, idle
        self.cancelled = False
        self._loop = asyncio.get_running_loop()
        self._steps: deque[Any] = deque()
        self._arrived = asyncio.Event()

    def put(self, step: Any) -> None:
        """Hand over a step, from any thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._arrive, step)

    def _arrive(self, step: Any) -> None:
        self._steps.append(step)
        self._arrived.set()

    async def next(self, seconds: float) -> Any:
        """Wait for the next step.

        Raises:
            TimeoutError: there is none within ``seconds``.
        """
        if not self._steps:
            self._arrived.clear()
            # asyncio.wait_for can lose that the client has gone.
            with anyio.fail_after(seconds):
                await self._arrived.wait()
        return self._steps.popleft()


class Desk:
    """Answers questions in the order in which they come, in as many threads as there are ``assistants``.

    Args:
        assistants: one for each thread, which alone uses it.
        waiting: how many questions may wait; further ones are refused.
        seconds: the deadline of a question, from when it is asked.
    """

    def __init__(
        self, assistants: Sequence[Assistant], metrics: Metrics, *, waiting: int = 16, seconds: float = 120.0
    ) -> None:
        self._metrics, self._limit, self._seconds = metrics, waiting, seconds
        self._jobs: deque[_Job] = deque()
        self._idle_jobs: deque[_Job] = deque()
        self._running: set[_Job] = set()
        self._changed = threading.Condition()
        self._closed = False
        self._loading = len(assistants)
        self._failed: QAError | None = None
        self._typical = 1.0  # seconds that a question takes, as a running mean
        self._threads = [
            threading.Thread(target=self._serve, args=(a,), name=f"answer-{n}", daemon=True)
            for n, a in enumerate(assistants)
        ]
        metrics.watch_waiting(lambda: len(self._jobs))

    def start(self) -> None:
        """Start the threads; each loads its models first."""
        for thread in self._threads:
            thread.start()

    def close(self, seconds: float = 0.0) -> bool:
        """Refuse what waits, stop what runs at its next step, wait for that; tell whether it ended in ``seconds``."""
        with self._changed:
            self._closed = True
            jobs = [*self._jobs, *self._idle_jobs, *self._running]
            self._jobs.clear()
            self._idle_jobs.clear()
            self._changed.notify_all()
        for job in jobs:
            job.cancelled = True
            job.put(RefusedError(503, "the server is stopping"))
        ends = time.monotonic() + seconds
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, ends - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def missing(self) -> str:
        """Say in one line what keeps questions from being answered; empty once the models are loaded."""
        if self._failed:
            return str(self._failed)
        return "the models are being loaded" if self._loading else ""

    async def ask(self, question: str, *, history: Sequence[Turn] = (), sources: Sequence[str] = ()) -> Answer:
        """Answer a question over the files ``sources``.

        Raises:
            RefusedError: too many wait, the time is up, or it cannot be answered.
        """
        answer: Step | None = None
        async with aclosing(self.stream(question, history=history, sources=sources)) as steps:
            async for step in steps:
                answer = step
        if not isinstance(answer, Answer):
            raise TypeError("the stream ended without an answer")
        return answer

    async def stream(
        self, question: str, *, history: Sequence[Turn] = (), sources: Sequence[str] = ()
    ) -> AsyncGenerator[Step | None, None]:
        """Answer as ``Assistant.stream`` does; None is a sign of life while nothing else happens.

        Raises:
            RefusedError: too many wait, the time is up, or it cannot be answered.
        """

        def work(assistant: Assistant) -> Iterator[Step]:
            return assistant.stream(question, history=history, sources=sources)

        async with aclosing(self.steps(work)) as steps:
            async for step in steps:
                yield step

    async def do(self, work: Callable[[Assistant], Result]) -> Result:
        """Do something with an assistant, in its turn.

        Raises:
            RefusedError: too many wait, the time is up, or it cannot be done.
        """

        def once(assistant: Assistant) -> Iterator[Result]:
            yield work(assistant)

        return await self._only(self.steps(once))

    async def when_idle(self, work: Callable[[Assistant, Callable[[], None]], Result]) -> Result:
        """Do something with an assistant while no question waits.

        ``work`` is given what it is to call now and then: that ends it, to be begun anew, when a question comes.

        Raises:
            RefusedError: too many wait, the time is up, or it cannot be done.
        """

        def once(assistant: Assistant) -> Iterator[Result]:
            yield work(assistant, self._make_way)

        return await self._only(self.steps(once, idle=True))

    @staticmethod
    async def _only(steps: AsyncGenerator[Result, None]) -> Result:
        result: Any = None
        async with aclosing(steps):
            async for step in steps:
                result = result if step is None else step
        return result  # type: ignore[no-any-return]

    async def steps(self, work: Work, *, idle: bool = False) -> AsyncGenerator[Any, None]:
        """Iterate over ``work`` in an answering thread; a None is a sign of life. Closing it cancels the work.

        Raises:
            RefusedError: too many wait, the time is up, or it cannot be done.
        """
        job = _Job(work, idle=idle)
        self._enter(job)
        ends = time.monotonic() + self._seconds
        try:
            while True:
                left = ends - time.monotonic()
                if left <= 0:
                    text = f"no answer within {self._seconds:g} s; ask again when less is going on"
                    raise RefusedError(504, text, reason="deadline")
                try:
                    step = await job.next(min(_BEAT, left))
                except TimeoutError:
                    yield None
                    continue
                if step is _END:
                    return
                if isinstance(step, QAError):
                    raise refusal_of(step) from step
                if isinstance(step, BaseException):
                    raise step
                yield step
        finally:
            self._leave(job)

    def _enter(self, job: _Job) -> None:
        with self._changed:
            if self._closed:
                raise RefusedError(503, "the server is stopping")
            if self._failed:
                raise RefusedError(503, str(self._failed))
            jobs = self._idle_jobs if job.idle else self._jobs
            if len(jobs) >= self._limit:
                wait = self._typical * len(jobs) / len(self._threads)
                raise RefusedError.busy(f"{self._limit} questions are waiting; ask again later", wait)
            jobs.append(job)
            self._changed.notify()

    def _leave(self, job: _Job) -> None:
        job.cancelled = True
        with self._changed, suppress(ValueError):
            (self._idle_jobs if job.idle else self._jobs).remove(job)

    def _serve(self, assistant: Assistant) -> None:
        try:
            assistant.load_models()
        except Exception as error:  # noqa: BLE001 - without its models a thread can do nothing
            self._fail(error if isinstance(error, QAError) else QAError(f"a model cannot be loaded: {error}"))
            return
        with self._changed:
            self._loading -= 1
        while job := self._next():
            began = time.monotonic()
            status = self._run(job, assistant)
            seconds = time.monotonic() - began
            with self._changed:
                self._running.discard(job)
            if status in {"answered", "not_in_article"}:
                self._typical += (seconds - self._typical) / 8
            if status:
                self._metrics.done(status, seconds)

    def _next(self) -> _Job | None:
        with self._changed:
            while not (self._jobs or self._idle_jobs or self._closed):
                self._changed.wait()
            if self._closed:
                return None
            job = (self._jobs or self._idle_jobs).popleft()
            self._running.add(job)
            return job

    def _run(self, job: _Job, assistant: Assistant) -> str:
        """Do a job up to its end or until it is cancelled; return what became of it, nothing if it was no question."""
        status = ""
        try:
            for step in job.work(assistant):
                if job.cancelled:
                    return "cancelled"
                if isinstance(step, Answer):
                    status = step.status
                job.put(step)
        except _MakeWayError:
            with self._changed:
                if not job.cancelled:
                    self._idle_jobs.appendleft(job)
            return ""
        except BaseException as error:  # noqa: BLE001 - raised again where the work was asked for
            job.put(error)
            return "failed"
        job.put(_END)
        return status

    def _make_way(self) -> None:
        if self._jobs or self._closed:
            raise _MakeWayError

    def _fail(self, error: QAError) -> None:
        log.error("%s", error)
        with self._changed:
            self._failed = error
            jobs = [*self._jobs, *self._idle_jobs]
            self._jobs.clear()
            self._idle_jobs.clear()
        for job in jobs:
            job.put(RefusedError(503, str(error)))
