"""A program in a real pseudo-terminal, with the screen that a person would see."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pexpect
import pyte

if TYPE_CHECKING:
    from collections.abc import Callable

PASTE_BEGIN, PASTE_END = "\x1b[200~", "\x1b[201~"
CTRL_C, CTRL_D, CTRL_R, TAB, UP, ALT_ENTER, ENTER = "\x03", "\x04", "\x12", "\t", "\x1b[A", "\x1b\r", "\r"
_WAIT = 30.0  # seconds until a screen that does not come is given up


class Terminal:
    """Runs a program and keeps what it has drawn."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, columns: int = 100, rows: int = 40
    ) -> None:
        self._screen = pyte.HistoryScreen(columns, rows, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self._child = pexpect.spawn(
            command[0],
            list(command[1:]),
            env=dict(environment),
            dimensions=(rows, columns),
            timeout=None,
            # A shell starts what runs in its background with Ctrl-C ignored, and that is passed on to programs.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def send(self, keys: str) -> None:
        """Type."""
        self._child.send(keys)

    @property
    def lines(self) -> list[str]:
        """What is on the screen, without the spaces at the ends of lines."""
        return [line.rstrip() for line in self._screen.display]

    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self.lines).strip()

    def wait_for(self, wanted: str | Callable[[str], bool]) -> str:
        """Read until the screen shows ``wanted``; return the screen."""
        ends = time.monotonic() + _WAIT
        while True:
            shown = self.text()
            if wanted(shown) if callable(wanted) else wanted in shown:
                return shown
            if time.monotonic() > ends or not self._read():
                raise AssertionError(f"{wanted!r} did not come; the screen:\n{self.text()}")

    def end(self) -> int:
        """Wait for the program's end; return its status."""
        ends = time.monotonic() + _WAIT
        while self._read() and time.monotonic() < ends:
            pass
        self._child.close()
        return int(self._child.exitstatus if self._child.exitstatus is not None else -self._child.signalstatus)

    def kill(self) -> None:
        """Stop the program, if it still runs."""
        self._child.close(force=True)

    def colour_of(self, piece: str) -> str:
        """Return the colour in which ``piece`` stands on the screen."""
        for row, line in enumerate(self._screen.display):
            if piece in line:
                return str(self._screen.buffer[row][line.index(piece)].fg)
        raise AssertionError(f"{piece!r} is not on the screen")

    def styled(self) -> list[list[tuple[str, tuple[str, bool, bool]]]]:
        """Return the lines up to the cursor as pieces with their colour, and whether they are bold and reversed."""
        drawn = []
        for number in range(self._screen.cursor.y + 1):
            row = self._screen.buffer[number]
            cells = [row[column] for column in range(self._screen.columns)]
            drawn.append([(c.data, (str(c.fg), bool(c.bold), bool(c.reverse))) for c in cells])
        return drawn

    def _read(self) -> bool:
        try:
            got = self._child.read_nonblocking(65536, timeout=0.2)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += got
        self._stream.feed(got)
        if b"\x1b[6n" in got:  # the program asks where the cursor is
            self._child.send(f"\x1b[{self._screen.cursor.y + 1};{self._screen.cursor.x + 1}R")
        return True
