"""Output of the commands: JSON and lines on standard output; errors, notes and progress on standard error."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import typer

from qa.errors import QAError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.progress import Progress as RichProgress

    from qa.protocols import Progress
    from qa.settings import Settings

Known = TypeVar("Known")
Line = TypeVar("Line")

OK, FAILED, USAGE, NOT_IN_ARTICLE, INTERRUPTED = 0, 1, 2, 3, 130


def print_json(value: object, file: BinaryIO | None = None) -> None:
    """Print one JSON value on a line of its own, at once; on standard output if no ``file`` is given."""
    import msgspec

    out = file or sys.stdout.buffer
    out.write(msgspec.json.encode(value, enc_hook=str) + b"\n")
    out.flush()


@contextmanager
def resumed(resume: Path | None, known: Callable[[BinaryIO], Known]) -> Iterator[tuple[BinaryIO | None, Known]]:
    """Open the file to which an earlier run wrote its answers, and have ``known`` say what it has answered.

    Without a file to ``resume`` there is none, and what is known is that of an empty one.

    Raises:
        UsageError: the file cannot be opened, or has something else in it.
        QAError: it cannot be written any more.
    """
    if resume is None:
        yield None, known(BytesIO())
        return
    try:
        file = os.fdopen(os.open(resume, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    except OSError as error:
        raise UsageError(f"{resume}: cannot be written: {error.strerror}") from error
    with file:
        try:
            done = known(file)
        except UsageError as error:
            raise UsageError(f"{resume}: {error}") from error
        try:
            yield file, done
        except OSError as error:
            raise QAError(
                f"{resume}: cannot be written: {error.strerror}; run the same command again to continue"
            ) from error


def watched(
    lines: Iterable[Line], doing: str, done: int, total: int, progress: Progress | None, way_on: str = ""
) -> Iterator[Line]:
    """Give the lines of long work, of which some are ``done`` before, and report each when it has been dealt with.

    An interrupt says how many of ``total``, 0 for unknown, are answered, and the ``way_on``.
    """
    try:
        for line in lines:
            yield line
            done += 1
            if progress and total:
                progress(doing, done, total)
    except KeyboardInterrupt:
        end_progress()
        of = f" of {total:,}" if total else ""
        complain("; ".join(filter(None, (f"stopped: {done:,}{of} are answered", way_on))))
        raise


def way_on(resume: Path | None) -> str:
    """Say how JSON lines go on when they are stopped: with the file to ``resume``, or the one that is written to."""
    if resume is not None:
        return f"go on with --resume {resume}"
    into_file = stat.S_ISREG(os.fstat(1).st_mode)
    return "go on with --resume and the file that they are in" if into_file else ""


def say(text: str) -> None:
    """Print one line on standard output."""
    from qa.text.display import clean

    typer.echo(clean(text.replace("\n", " ")))


def complain(text: str) -> None:
    """Print one line on standard error."""
    from qa.text.display import one_line

    typer.echo(f"qa: {one_line(text)}", err=True)


class Bars:
    """Progress of long work on standard error: one bar at a time, which goes away when it is full."""

    def __init__(self) -> None:
        self._bars: RichProgress | None = None

    def __call__(self, label: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` are done; a ``total`` of 0 is not known."""
        from rich.markup import escape

        from qa.text.display import one_line

        if self._bars is None:
            from rich.console import Console
            from rich.progress import Progress as RichProgress

            self._bars = RichProgress(console=Console(stderr=True), transient=True)
            self._bars.start()
            self._bars.add_task(label)
        self._bars.update(
            self._bars.task_ids[-1], description=escape(one_line(label)), completed=done, total=total or None
        )
        if total and done >= total:
            self.stop()

    def stop(self) -> None:
        """Take the bar away and show the cursor again."""
        if self._bars:
            self._bars.stop()
            self._bars = None


_BARS = Bars()


def progress_for(settings: Settings) -> Progress | None:
    """Return the progress bars, unless they are not wanted or nobody looks at standard error."""
    return None if settings.quiet or not sys.stderr.isatty() else _BARS


def end_progress() -> None:
    """Take away the bar of work that failed or was interrupted, before anything is printed about it."""
    _BARS.stop()
