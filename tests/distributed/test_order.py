"""Tasks in any order, results in order."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from qa.distributed.order import Order, Task


@given(
    sizes=st.lists(st.integers(1, 3), max_size=12),
    ahead=st.integers(1, 5),
    fates=st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=60),
)
def test_every_result_is_given_once_and_in_order(sizes: list[int], ahead: int, fates: list[tuple[int, bool]]) -> None:
    """``fates``: which of the tasks that are being done ends next, and whether its worker died."""
    items = iter(range(sum(sizes)))
    order = Order[int, list[int]](iter([[next(items) for _ in range(size)] for size in sizes]), ahead)
    out: list[Task[int]] = []
    told: list[int] = []
    left = iter(fates)
    while True:
        for of, result in order.results():
            told += of
            assert result == [-n for n in of] or (result is None and len(of) == 1)
        while task := order.take():
            out.append(task)
        if order.ended:
            break
        which, died = next(left, (0, False))
        task = out.pop(which % len(out))
        if died:
            order.retry(task)
        else:
            order.finish(task, [-n for n in task.items])
    assert told == list(range(sum(sizes)))


def taken(order: Order[str, str]) -> Task[str]:
    task = order.take()
    assert task is not None
    return task


def test_no_more_is_taken_than_may_wait_for_its_turn() -> None:
    read = []

    def pieces() -> Iterator[list[str]]:
        for name in "abcdef":
            read.append(name)
            yield [name]

    order = Order[str, str](pieces(), 3)
    first, second, _ = (taken(order) for _ in range(3))
    order.finish(second, "B")
    assert (order.take(), list(order.results()), read) == (None, [], ["a", "b", "c"])
    order.finish(first, "A")
    assert list(order.results()) == [(["a"], "A"), (["b"], "B")]
    assert taken(order).items == ["d"]


def test_of_a_task_that_workers_die_of_each_item_is_tried_alone() -> None:
    order = Order[str, str](iter([["good", "deadly"]]), 9)
    for _ in range(3):
        task = taken(order)
        assert task.items == ["good", "deadly"]
        order.retry(task)
    order.finish(taken(order), "done")
    for _ in range(3):
        task = taken(order)
        assert task.items == ["deadly"]
        order.retry(task)
    assert order.take() is None
    assert order.ended
    assert list(order.results()) == [(["good"], "done"), (["deadly"], None)]
