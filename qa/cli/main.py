"""The command line: parses, calls and prints."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from qa import __version__
from qa.cli.ask import EXAMPLES, ask
from qa.cli.evaluate import compare, evaluate
from qa.cli.models import app as models_app
from qa.cli.options import Json, with_flags
from qa.cli.output import FAILED, INTERRUPTED, OK, USAGE, complain, print_json, progress_for, say
from qa.cli.sessions import app as sessions_app
from qa.errors import QAError, UsageError

if TYPE_CHECKING:
    from qa.settings import Settings


app = typer.Typer(
    name="qa",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Ask questions about an article on this machine. Every answer is cited with a literal quote and its place; "
    "where the article does not say, the answer is that it does not say.",
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
    go_on: Annotated[
        bool, typer.Option("--continue", help="Go on with the last conversation, over the same sources.")
    ] = False,
    *,
    settings: Settings,
) -> None:
    """Talk about an article: each answer is followed by its quotes. Leave with Ctrl-D; Ctrl-C stops an answer.

    Without SOURCE: the article in seeds/ (in a checkout), else the only index there is.
    """
    from qa.cli.chat.start import start

    start(sources, settings, go_on=go_on, progress=progress_for(settings))


app.command(epilog=EXAMPLES, short_help="Answer one question, or with --batch many.")(ask)


@app.command()
@with_flags("embedder", "allow_network", "index_dir", "threads", "quiet")
def index(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="Files, folders, patterns or web addresses.")],
    again: Annotated[
        bool, typer.Option("--again", help="Build also what is up to date; with --allow-network, fetch pages anew.")
    ] = False,
    *,
    settings: Settings,
) -> None:
    """Index articles ahead of the first question. What has not changed is left as it is."""
    from qa.index.builder import Library
    from qa.models.select import load_embedder
    from qa.sources.fetch import Pages
    from qa.sources.find import expand
    from qa.system.hardware import one_heap

    one_heap()
    library = Library(settings, load_embedder(settings))
    failed = 0
    for source in expand(sources, Pages(settings), again=again):
        try:
            opened, built = library.open(source, progress=progress_for(settings), again=again)
        except QAError as error:
            failed += 1
            complain(str(error))
            continue
        if not settings.quiet:
            state = "indexed" if built else "up to date"
            say(f"{source}: {state}, {len(opened.passages)} passages, {len(opened.document.text)} characters")
    if failed:
        raise QAError(f"{failed} of the sources could not be indexed")


@app.command("list", short_help="List the indexes with their size and date.")
@with_flags("index_dir")
def list_indexes(as_json: Json = False, *, settings: Settings) -> None:
    """List the indexes: article, language, passages, characters, size, date, folder."""
    from rich.filesize import decimal

    from qa.cli.chat.screen import show_table
    from qa.index.catalog import manifests, size_of

    found = list(manifests(settings.index_dir))
    if as_json:
        import msgspec

        rows = [
            {"folder": str(f), "error": str(m)}
            if isinstance(m, QAError)
            else {"folder": str(f), "bytes": size_of(f), **msgspec.to_builtins(m)}
            for f, m in found
        ]
        print_json(rows)
        return
    good = [(f, m) for f, m in found if not isinstance(m, QAError)]
    if good:
        columns = ("article", "language", "passages", "characters", "size", "indexed", "folder")
        show_table(
            columns,
            [
                (
                    m.source, m.recipe.language, f"{m.passages:,}", f"{m.characters:,}", decimal(size_of(f)),
                    m.built[:10], f.name,
                )
                for f, m in good
            ],
            right=("passages", "characters", "size"),
        )  # fmt: skip
    for folder, broken in found:
        if isinstance(broken, QAError):
            say(f"{broken}; `qa remove {folder.name}` deletes it")
    if not found:
        complain(f"no index in {settings.index_dir}; `qa index SOURCE` makes one")


@app.command()
@with_flags("index_dir", "quiet")
def remove(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE", help="Articles, web addresses, or names of index folders.")
    ],
    *,
    settings: Settings,
) -> None:
    """Remove indexes. The articles themselves are left alone, but for pages from the web that were kept."""
    from qa.index import catalog as shelf
    from qa.sources.fetch import Pages, is_address

    for source in sources:
        page = Pages(settings).path_of(source) if is_address(source) else None
        removed = shelf.remove(settings.index_dir, str(page or source), seconds=settings.busy_seconds)
        if page:
            page.unlink(missing_ok=True)
        if not settings.quiet:
            say(f"removed {page or removed}")


@app.command()
@with_flags("allow_network")
def text(
    source: Annotated[str, typer.Argument(help="A file, a web address, or - for standard input.")],
    *,
    settings: Settings,
) -> None:
    """Print the text of an article as offsets count it."""
    from qa.sources.fetch import Pages
    from qa.sources.find import expand
    from qa.sources.read import load

    for file in expand([source], Pages(settings)):
        sys.stdout.buffer.write(load(file, settings.limits).text.encode())


@app.command(short_help="Check every quote of saved answers.")
@with_flags("quiet")
def verify(
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS.jsonl", help="Saved answers, one JSON object a line.")],
    *,
    settings: Settings,
) -> None:
    """Check every quote of saved answers against its source; status 1 and a list if any does not stand there.

    A source is looked for from the working folder, then from the folder of ANSWERS.jsonl.
    """
    from qa.records.verify import verify_file

    count, problems = verify_file(answers, settings)
    for problem in problems:
        complain(problem)
    if problems:
        raise QAError(f"{len(problems)} of {count} quotes do not stand in their source")
    if not settings.quiet:
        say(f"{count} quotes stand in their sources")


app.command("eval")(evaluate)
app.command()(compare)


@app.command()
def schema(
    name: Annotated[
        str, typer.Argument(help="answer, error (a bad line of a batch) or question (a line of a batch).")
    ] = ("answer"),
) -> None:
    """Print the JSON Schema of what is printed or read."""
    from qa.records.schema import NAMES, schema_of

    if name not in NAMES:
        raise UsageError(f"{name}: there is a schema of {', '.join(NAMES)}")
    print_json(schema_of(name))


@app.command()
def config(as_json: Json = False) -> None:
    """Print the effective settings, and where each comes from."""
    import msgspec

    from qa.paths import config_file
    from qa.settings import load_settings

    layered = load_settings()
    values = msgspec.to_builtins(layered.settings, enc_hook=str)
    if as_json:
        print_json({name: {"value": value, "from": layered.origins[name]} for name, value in values.items()})
        return
    say(f"# file: {config_file()}")
    for name, value in values.items():
        say(f"{name} = {msgspec.json.encode(value).decode()}  # {layered.origins[name]}")


@app.command(short_help="Look at everything that a question needs.")
@with_flags("model", "embedder", "reader", "index_dir", "threads")
def doctor(as_json: Json = False, *, settings: Settings) -> None:
    """Look at everything that a question needs; what is not ok comes with what mends it, and status 1."""
    import msgspec

    from qa.maintenance.doctor import examine
    from qa.text.display import one_line

    findings = []
    for finding in examine(settings):
        findings.append(finding)
        if not as_json:
            typer.echo(f"{'ok  ' if not finding.mend else 'not '} {one_line(f'{finding.name}: {finding.found}')}")
            if finding.mend:
                typer.echo(f"     mend: {one_line(finding.mend)}")
    if as_json:
        print_json(msgspec.to_builtins(findings))
    wrong = sum(bool(f.mend) for f in findings)
    if wrong:
        raise QAError(f"{wrong} of {len(findings)} are not ok")


app.add_typer(models_app, name="models")
app.add_typer(sessions_app, name="sessions")


@app.command(short_help="List or delete what makes the start faster.")
@with_flags("quiet")
def cache(clear: Annotated[bool, typer.Option("--clear", help="Delete them.")] = False, *, settings: Settings) -> None:
    """List the files that were made from models to start faster. They are made again when they are missing."""
    from rich.filesize import decimal

    from qa.system.cache import ModelCache

    kept = ModelCache(settings.cache_dir)
    for path in kept.files():
        say(f"{path}: {decimal(path.stat().st_size)}")
    if clear:
        kept.clear()
        if not settings.quiet:
            complain(f"deleted {settings.cache_dir}")


@app.command("purge", short_help="Delete all that is kept on this machine.")
@with_flags("index_dir", "quiet")
def purge_all(
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False, *, settings: Settings
) -> None:
    """List all that is kept on this machine, and delete it for good. The articles and the settings file stay."""
    from rich.filesize import decimal

    from qa.maintenance.purge import kept, purge

    found = list(kept(settings))
    for one in found:
        say(f"{one.what}: {len(one.paths)} in {one.folder}, {decimal(one.bytes)}")
    if not found:
        say("nothing is kept")
        return
    if not yes and not (sys.stdin.isatty() and typer.confirm("delete all of it?", err=True)):
        raise UsageError("nothing was deleted; `qa purge --yes` deletes it")
    purge(settings)
    if not settings.quiet:
        complain("deleted")


def main() -> NoReturn:
    """Run the command line; every error is one line on standard error and a status."""
    os.umask(0o077)  # what is written here is the user's alone, by whichever library
    try:
        status = app(standalone_mode=False) or OK
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
        complain(error.format_message())
        status = USAGE
    sys.exit(status)
