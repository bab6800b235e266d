"""Tasks that are done in any order, also more than once, and their results in the order of what they are about."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
_DEATHS = 3  # of workers over the same task, before it is taken for their cause


@dataclass(slots=True)
class Task(Generic[Item]):
    """Items to work on together; ``start`` is the number of the first, ``deaths`` of workers that had them."""

    start: int
    items: Sequence[Item]
    deaths: int = 0


class Order(Generic[Item, Result]):
    """Hands out tasks, and keeps results until it is their turn.

    Args:
        pieces: the items of each task; they are taken one by one, as they are needed.
        ahead: tasks that are handed out, at most, before the first one is done: so many results are kept.
    """

    def __init__(self, pieces: Iterator[Sequence[Item]], ahead: int) -> None:
        self._pieces, self._ahead = pieces, ahead
        self._again: deque[Task[Item]] = deque()
        self._out: dict[int, Task[Item]] = {}
        self._done: dict[int, tuple[Sequence[Item], Result | None]] = {}
        self._taken = self._told = 0  # items

    def take(self) -> Task[Item] | None:
        """Hand out the next task; None where there is none now."""
        if self._again:
            task = self._again.popleft()
        elif len(self._out) + len(self._done) < self._ahead and (items := next(self._pieces, None)):
            task = Task(self._taken, items)
            self._taken += len(items)
        else:
            return None
        self._out[task.start] = task
        return task

    def finish(self, task: Task[Item], result: Result | None) -> None:
        """Take the result of a task; None stands for items that cannot be worked on."""
        del self._out[task.start]
        self._done[task.start] = task.items, result

    def retry(self, task: Task[Item]) -> None:
        """Have a task done again whose worker died; of one that several died of, each item is tried alone."""
        task.deaths += 1
        if task.deaths < _DEATHS:
            del self._out[task.start]
            self._again.append(task)
        elif len(task.items) > 1:
            del self._out[task.start]
            self._again.extend(Task(task.start + n, [item]) for n, item in enumerate(task.items))
        else:
            self.finish(task, None)

    def results(self) -> Iterator[tuple[Sequence[Item], Result | None]]:
        """Give the results whose turn it is, with their items."""
        while self._told in self._done:
            items, result = self._done.pop(self._told)
            self._told += len(items)
            yield items, result

    @property
    def ended(self) -> bool:
        """Whether every task that was handed out is done; there are no others where ``take`` gives none."""
        return not (self._out or self._again)
