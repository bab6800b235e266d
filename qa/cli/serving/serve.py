"""The commands that serve other programs: `qa serve`."""

from __future__ import annotations

import logging
import os
import secrets
import sys
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from qa.cli.options import Collection, with_flags
from qa.cli.output import INTERRUPTED, OK, complain, say
from qa.errors import UsageError

if TYPE_CHECKING:
    from qa.server.access import Tokens
    from qa.settings import Settings

_LEAST_TOKEN = 16  # characters
PORT = 8642


@with_flags()
def serve(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Files, folders, patterns or web addresses."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0: any free one.")] = PORT,
    host: Annotated[
        str, typer.Option(help="Address to listen at; another than this machine's own needs QA_TOKEN.")
    ] = "127.0.0.1",
    collection: Collection = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page in a browser.")] = False,
    *,
    settings: Settings,
) -> None:
    """Serve a page, an HTTP API and an OpenAI-compatible API over articles, on this machine; Ctrl-C ends it.

    Without SOURCE: the article in seeds/ (in a checkout), else the only indexed article; with -c, all the documents of
    that collection. The address that is printed
    holds the token that every request needs; QA_TOKEN sets it, else it is another one each time.
    """
    try:
        from qa.server.access import is_loopback
        from qa.server.run import open_browser
        from qa.server.run import serve as run
    except ImportError as error:
        raise UsageError(f"{error.name} is not installed; run `pip install 'article-qa[server]'`") from error
    from qa.index.default import default_sources
    from qa.system.hardware import one_heap

    if collection is not None and sources:
        raise UsageError("a collection is served whole; give either -c or SOURCE")
    token = _token(host, loopback=is_loopback(host)) or secrets.token_urlsafe(32)

    def started(address: str, tokens: Tokens) -> None:
        say(f"{address}#token={quote(token, safe='')}")
        sys.stdout.flush()
        if not settings.quiet:
            complain("that is the address of the page; Ctrl-C ends the server")
        if not no_browser:
            open_browser(f"{address}#token={tokens.ticket()}")

    one_heap()
    # It tells of every write to a client that has gone.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    named = sources or default_sources(settings) if collection is None else []
    ended = run(named, settings, host=host, port=port, token=token, started=started, collection=collection)
    if not ended.at_rest:
        # Native code that is still computing would crash when the interpreter is taken down below it.
        sys.stderr.flush()
        os._exit(INTERRUPTED if ended.interrupted else OK)
    if ended.interrupted:
        raise KeyboardInterrupt


def _token(host: str, *, loopback: bool) -> str:
    # The processes that read files need not know it.
    token = os.environ.pop("QA_TOKEN", "")
    if token and not (
        len(token) >= _LEAST_TOKEN and token.isascii() and token.isprintable() and token == token.strip()
    ):
        raise UsageError(f"QA_TOKEN: give at least {_LEAST_TOKEN} letters, digits and signs of ASCII")
    if not loopback:
        if not token:
            raise UsageError(f"--host {host} lets other machines in; set QA_TOKEN to a long secret first")
        complain(f"whoever reaches {host} and knows the token can read, ask and send files; nothing is encrypted")
    return token
