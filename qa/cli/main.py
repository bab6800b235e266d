"""The app of all commands, and how it ends: with one line for an error, and an exit status."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from qa import __version__
from qa.cli.archive.store import app as store_app
from qa.cli.articles import index, list_indexes, remove, text
from qa.cli.ask import EXAMPLES, ask
from qa.cli.evaluate import compare, evaluate
from qa.cli.models import app as models_app
from qa.cli.options import Collection, with_flags
from qa.cli.output import FAILED, INTERRUPTED, OK, USAGE, complain, end_progress, progress_for
from qa.cli.records import schema, verify
from qa.cli.serving.mcp import mcp
from qa.cli.serving.serve import serve
from qa.cli.sessions import app as sessions_app
from qa.cli.upkeep import cache, config, doctor, purge
from qa.errors import QAError, UsageError

if TYPE_CHECKING:
    from qa.settings import Settings


app = typer.Typer(
    name="qa",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Ask questions about articles, on this machine. Every answer cites literal quotes with their position; if the "
    "articles contain no answer, it says so.",
)


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"qa {__version__}")
        raise typer.Exit(OK)


@app.command()
@with_flags()
def chat(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Files, folders, patterns or web addresses."),
    ] = None,
    collection: Collection = None,
    go_on: Annotated[
        bool, typer.Option("--continue", help="Continue the last conversation, over the same sources.")
    ] = False,
    *,
    settings: Settings,
) -> None:
    """Chat about an article: each answer is followed by its quotes. Ctrl-D leaves; Ctrl-C stops an answer.

    Without SOURCE: the article in seeds/ (in a checkout), else the only indexed article; with -c the whole collection.
    """
    from qa.cli.chat.start import start

    start(sources, settings, collection=collection, go_on=go_on, progress=progress_for(settings))


app.command(epilog=EXAMPLES, short_help="Answer one question, or with --batch many.")(ask)
app.command(short_help="Serve a page and APIs over articles, on this machine.")(serve)
app.command()(index)
app.command("list", short_help="List the indexes with their size and date.")(list_indexes)
app.command()(remove)
app.command()(text)
app.command(short_help="Check every quote of saved answers.")(verify)
app.command("eval")(evaluate)
app.command()(compare)
app.command()(schema)
app.command(short_help="Serve articles to another program by the Model Context Protocol.")(mcp)
app.command()(config)
app.command(short_help="Check everything that answering a question needs.")(doctor)
app.command(short_help="List or delete the files derived from models for a faster start.")(cache)
app.command(short_help="Delete all data stored on this machine.")(purge)
app.add_typer(models_app, name="models")
app.add_typer(sessions_app, name="sessions")
app.add_typer(store_app, name="store")


def main() -> NoReturn:
    """Run the command line; every error is one line on standard error and a status."""
    os.umask(0o077)  # what is written here is the user's alone, by whichever library
    try:
        try:
            status = app(standalone_mode=False) or OK
        finally:
            end_progress()
        sys.stdout.flush()
    except UsageError as error:
        complain(str(error))
        status = USAGE
    except QAError as error:
        complain(str(error))
        status = FAILED
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("", err=True)
        status = INTERRUPTED
    except OSError as error:
        # The reader of our output has left, which needs no words, or the disk that it goes to is full.
        if not isinstance(error, BrokenPipeError):
            complain(f"{error.filename or 'the output cannot be written'}: {error.strerror}")
        # What Python still holds back for the output is thrown away.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = FAILED
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message(), err=True)
        else:
            message = error.format_message()
            spaces = "; put what has spaces, as a question, in quotes" if "extra argument" in message else ""
            complain(f"{message}{spaces}")
        status = USAGE
    sys.exit(status)
