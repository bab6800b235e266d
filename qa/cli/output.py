"""What the commands print: JSON on standard output, one line of complaint on standard error, progress beside it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, BinaryIO

import typer

if TYPE_CHECKING:
    from qa.protocols import Progress
    from qa.settings import Settings

OK, FAILED, USAGE, NOT_IN_ARTICLE, INTERRUPTED = 0, 1, 2, 3, 130


def print_json(value: object, file: BinaryIO | None = None) -> None:
    """Print one JSON value on a line of its own, at once; on standard output if no ``file`` is given."""
    import msgspec

    out = file or sys.stdout.buffer
    out.write(msgspec.json.encode(value, enc_hook=str) + b"\n")
    out.flush()


def say(text: str) -> None:
    """Print one line on standard output."""
    from qa.text.display import clean

    typer.echo(clean(text.replace("\n", " ")))


def complain(text: str) -> None:
    """Print one line on standard error."""
    from qa.text.display import one_line

    typer.echo(f"qa: {one_line(text)}", err=True)


def progress_for(settings: Settings) -> Progress | None:
    """Return what shows the progress of long work, where a person looks at standard error."""
    if settings.quiet or not sys.stderr.isatty():
        return None
    from qa.cli.progress import Bars

    return Bars()
