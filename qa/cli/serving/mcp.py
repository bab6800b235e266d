"""The command that serves one other program by the Model Context Protocol: `qa mcp`."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn, TextIO

import typer

from qa.cli.options import Collection, with_flags
from qa.cli.output import OK
from qa.errors import UsageError

if TYPE_CHECKING:
    from qa.settings import Settings


@with_flags()
def mcp(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Files, folders, patterns or web addresses."),
    ] = None,
    collection: Collection = None,
    *,
    settings: Settings,
) -> None:
    """Serve articles to another program by the Model Context Protocol, on standard input and output.

    The program starts this command itself, and ends it by closing its input; see docs/serve.md for its configuration.
    Without SOURCE: the article in seeds/ (in a checkout), else the only indexed article. With -c: all the documents of
    that collection, or those of SOURCE.
    """
    out = _take_output()
    # What waits for the next message cannot be interrupted from within.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if "-" in (sources or []):
        raise UsageError("-: standard input belongs to the protocol here; give a file")
    from qa.cli.opening import open_assistant

    try:
        from qa.server.mcp.server import serve
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed; run `pip install 'article-qa[mcp]'`") from error
    from qa.server.mcp.tools import Doing, Tools

    doing = Doing()
    serve(Tools(open_assistant(sources, settings, collection=collection, progress=doing), doing), out)
    _leave()


def _take_output() -> TextIO:
    """Keep standard output for the protocol: what anything else writes there goes to standard error from now on."""
    sys.stdout.flush()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    return out


def _leave() -> NoReturn:
    # An answer that nobody waits for any more is still being computed in a thread.
    sys.stderr.flush()
    os._exit(OK)
