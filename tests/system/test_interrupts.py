"""Ctrl-C at a moment when it does no harm."""

from __future__ import annotations

import signal

import pytest

from qa.system.interrupts import uninterrupted


def test_an_interrupt_waits_for_the_end_of_the_block() -> None:
    before, done = signal.getsignal(signal.SIGINT), list[str]()

    def draw() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("drawn")

    with pytest.raises(KeyboardInterrupt):
        draw()
    assert done == ["drawn"]
    assert signal.getsignal(signal.SIGINT) is before


def test_without_an_interrupt_nothing_is_raised() -> None:
    with uninterrupted():
        pass
    with pytest.raises(ValueError, match="broken"), uninterrupted():
        raise ValueError("broken")
