"""Workers on the machines of a cluster, each a process that holds the models; what dies is done again."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, Generic, TypeVar

from qa import __version__
from qa.distributed.cluster import connected
from qa.distributed.order import Order, Task
from qa.errors import QAError, first_line
from qa.settings import Settings

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Sequence[Item]], Result]
Said = list[tuple[str, int, str]]  # what was logged: by which module, how grave, what
_MEMORY = 1_500_000_000  # bytes that a machine must have for each worker
_AHEAD = 4  # tasks for each worker that are handed out, or done, before their turn
_STARTS = 3  # more, where starting a worker fails


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: Said = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append((record.name, record.levelno, record.getMessage()))


@contextmanager
def _heard() -> Iterator[Said]:
    """Keep what is logged in a process whose standard error nobody sees."""
    kept, ours = _Kept(), logging.getLogger("qa")
    ours.addHandler(kept)
    try:
        yield kept.said
    finally:
        ours.removeHandler(kept)


class Worker:
    """One process; Ray starts it again, on any machine with room, when it has died.

    Args:
        make: makes what does the work, once the process runs; it may take its time.
        folder: where relative paths begin: where the command was given.
        version, host: the program's and the machine's there.
    """

    def __init__(self, make: Callable[[], Work[Any, Any]], folder: str, version: str, host: str) -> None:
        self._make, self._folder, self._version, self._host = make, folder, version, host
        self._work: Work[Any, Any] | None = None

    def start(self) -> Said:
        """Make what does the work; return what was logged.

        Raises:
            QAError: it cannot be made; a machine that is not the command's is named.
        """
        here = socket.gethostname()
        if __version__ != self._version:
            raise QAError(f"{here}: has article-qa {__version__}; the command is of {self._version}")
        try:
            os.chdir(self._folder)
            with _heard() as said:
                self._work = self._make()
        except OSError as error:
            raise QAError(f"{here}: {self._folder}: cannot be worked in: {error.strerror}") from error
        except QAError as error:
            raise (error if here == self._host else QAError(f"{here}: {error}")) from error
        return said

    def work(self, items: Sequence[Any]) -> tuple[Any, Said]:
        """Work on some items; a process that took the place of one that died has to be started first."""
        if self._work is None:
            self.start()
        assert self._work
        with _heard() as said:
            return self._work(items), said


def in_order(
    address: str, make: Callable[[], Work[Item, Result]], items: Iterable[Item], *, together: int, cores: int
) -> Iterator[tuple[Sequence[Item], Result | None]]:
    """Work on items on all machines of a cluster; give some with their result, in their order, each once.

    Items that workers died of, again and again, come alone and have None. ``items`` are taken only a little ahead.

    Args:
        address: of the cluster, as ``connected`` takes it; it is not connected to where there are no items.
        make: is called once in each worker.
        items: what there is to do; they and their results are pickled.
        together: items that are worked on at a time.
        cores: of a worker.

    Raises:
        UsageError: not an address, or Ray is not installed.
        QAError: the cluster cannot be used, no worker can be started, or what ``make`` raises.
    """
    rest = iter(items)
    pieces = iter(lambda: list(islice(rest, together)), [])
    for piece in islice(pieces, 1):
        with connected(address):
            places = _places(cores)
            first = [piece, *islice(pieces, places - 1)]
            order = Order[Item, Result](chain(first, pieces), _AHEAD * places)
            yield from _Crew(order, make, workers=len(first), cores=cores).work()


class _Crew(Generic[Item, Result]):
    """Workers that take tasks as they come free: none is bound to a worker that waits for a place on a machine."""

    def __init__(
        self, order: Order[Item, Result], make: Callable[[], Work[Item, Result]], *, workers: int, cores: int
    ) -> None:
        import ray

        self._order = order
        self._idle: list[Any] = []
        # What is awaited of which worker: its start, or a task.
        self._awaited: dict[Any, tuple[Any, Task[Item] | None]] = {}
        self._said_at_start: Said = []
        actor = ray.remote(Worker).options(num_cpus=cores, memory=_MEMORY, max_restarts=-1)
        for _ in range(workers):
            self._start(actor.remote(make, str(Path.cwd()), __version__, socket.gethostname()))

    def _start(self, worker: Any) -> None:
        self._awaited[worker.start.options(max_task_retries=_STARTS).remote()] = worker, None

    def work(self) -> Iterator[tuple[Sequence[Item], Result | None]]:
        """Give the results in order, until there are no more tasks."""
        while True:
            yield from self._order.results()
            while self._idle and (task := self._order.take()):
                worker = self._idle.pop()
                self._awaited[worker.work.remote(task.items)] = worker, task
            if self._idle and self._order.ended:
                return
            self._wait()

    def _wait(self) -> None:
        import ray
        from ray.exceptions import RayError, RayTaskError

        (reply,), _ = ray.wait(list(self._awaited))
        worker, task = self._awaited.pop(reply)
        try:
            got = ray.get(reply)
        except RayTaskError as error:
            raise (error.cause if isinstance(error.cause, QAError) else error) from None
        except RayError as error:
            if task:
                self._order.retry(task)
                self._start(worker)
            elif not (self._awaited or self._idle):
                raise QAError(f"no worker can be started on the Ray cluster: {first_line(error)}") from error
        else:
            if task:
                result, said = got
                self._order.finish(task, result)
            else:  # each of them says the same
                said = [line for line in got if line not in self._said_at_start]
                self._said_at_start += said
            for name, level, text in said:
                logging.getLogger(name).log(level, "%s", text)
            self._idle.append(worker)


def cores_of(settings: Settings) -> int:
    """Return how many cores each worker has: as many as threads are asked for, else one."""
    return settings.threads or 1


def _places(cores: int) -> int:
    import ray

    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    machines = [node["Resources"] for node in nodes if node["Alive"]]
    places = sum(int(min(m.get("CPU", 0) // cores, m.get("memory", 0) // _MEMORY)) for m in machines)
    if not places:
        raise QAError(f"no machine of the Ray cluster has the {cores} cores and {_MEMORY / 1e9:g} GB of a worker")
    return places
