"""The command line: parses, calls and prints."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from qa import __version__
from qa.errors import QAError, UsageError
from qa.flags import with_flags
from qa.sessions_cli import app as sessions_app

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from qa.assistant import Assistant
    from qa.library import Progress
    from qa.settings import Settings

OK, FAILED, USAGE, NOT_IN_ARTICLE, INTERRUPTED = 0, 1, 2, 3, 130

app = typer.Typer(
    name="qa",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Ask questions about an article on this machine. Every answer is cited with a literal quote and its place; "
    "where the article does not say, the answer is that it does not say.",
)

Sources = Annotated[list[str] | None, typer.Option("--source", "-s", help="A file or a folder; may be repeated.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"qa {__version__}")
        raise typer.Exit(OK)


@app.command()
@with_flags()
def chat(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE", help="Files or folders to talk about.")
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
    from qa.chat import start

    start(sources, settings, go_on=go_on, open_assistant=_open)


@app.command()
@with_flags()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question; - reads it from standard input.")] = None,
    sources: Sources = None,
    as_json: Json = False,
    batch: Annotated[
        str | None,
        typer.Option(help='File of JSON lines {"id", "question", "source", "history"}, or - for standard input.'),
    ] = None,
    no_stream: Annotated[bool, typer.Option("--no-stream", help="Print the answer when it is whole.")] = False,
    *,
    settings: Settings,
) -> None:
    """Answer one question, or with --batch many, and print each answer with its citations.

    Exit status: 0 answered (a batch: every line processed), 1 failure, 2 usage, 3 the article does not say
    (single question), 130 interrupted.
    """
    if (question is None) == (batch is None):
        raise UsageError("give one QUESTION, or --batch FILE")
    if question == "-":
        question = sys.stdin.read()
    if question is not None and not question.strip():
        raise UsageError("the question is empty")
    if batch is not None:
        _ask_batch(batch, sources, settings)
        return
    _ask_one((question or "").strip(), _open(sources, settings), as_json=as_json, stream=not no_stream)


def _ask_one(question: str, assistant: Assistant, *, as_json: bool, stream: bool) -> None:
    from rich.console import Console

    from qa.render import clean, show_citations
    from qa.types import Answer

    answer: Answer | None = None
    shown = False
    for step in assistant.stream(question):
        if isinstance(step, Answer):
            answer = step
        elif isinstance(step, str) and stream and not as_json:
            typer.echo(clean(step), nl=False)
            shown = True
    if answer is None:
        raise QAError("no answer was made")
    if as_json:
        _print_json(answer)
    else:
        typer.echo("" if shown else clean(answer.answer))
        if not assistant.settings.quiet:
            show_citations(Console(), answer)
    raise typer.Exit(OK if answer.status == "answered" else NOT_IN_ARTICLE)


def _ask_batch(batch: str, sources: list[str] | None, settings: Settings) -> None:
    from qa.batch import answers

    assistant = _open(sources, settings, needed=False)
    with _lines(batch) as lines:
        for answer in answers(lines, assistant, None if batch == "-" else Path(batch).parent):
            _print_json(answer)


@app.command()
@with_flags("embedder", "index_dir", "threads", "quiet")
def index(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="Files or folders.")],
    again: Annotated[bool, typer.Option("--again", help="Build also what is up to date.")] = False,
    *,
    settings: Settings,
) -> None:
    """Index articles ahead of the first question. What has not changed is left as it is."""
    from qa.library import Library
    from qa.loader import expand
    from qa.models import load_embedder

    library = Library(settings, load_embedder(settings))
    failed = 0
    for source in expand(sources):
        try:
            opened, built = library.open(source, progress=_progress(settings), again=again)
        except QAError as error:
            failed += 1
            _complain(str(error))
            continue
        if not settings.quiet:
            state = "indexed" if built else "up to date"
            typer.echo(f"{source}: {state}, {len(opened.passages)} passages, {len(opened.document.text)} characters")
    if failed:
        raise QAError(f"{failed} of the sources could not be indexed")


@app.command("list")
@with_flags("index_dir")
def list_indexes(as_json: Json = False, *, settings: Settings) -> None:
    """List the indexes: article, passages, characters, date, folder."""
    from qa.library import manifests

    found = list(manifests(settings.index_dir))
    if as_json:
        import msgspec

        rows = [
            {"folder": str(f), "error": str(m)}
            if isinstance(m, QAError)
            else {"folder": str(f), **msgspec.to_builtins(m)}
            for f, m in found
        ]
        _print_json(rows)
        return
    from qa.render import one_line

    for folder, manifest in found:
        if isinstance(manifest, QAError):
            typer.echo(f"{one_line(str(manifest))}; `qa remove {folder.name}` deletes it")
        else:
            typer.echo(
                f"{one_line(manifest.source)}: {manifest.passages} passages, {manifest.characters} characters, "
                f"{manifest.built}, {folder.name}"
            )
    if not found:
        typer.echo(f"no index in {settings.index_dir}; `qa index SOURCE` makes one", err=True)


@app.command()
@with_flags("index_dir", "quiet")
def remove(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="Articles, or names of index folders.")],
    *,
    settings: Settings,
) -> None:
    """Remove indexes. The articles themselves are left alone."""
    from qa import library

    for source in sources:
        folder = library.remove(settings.index_dir, source)
        if not settings.quiet:
            typer.echo(f"removed {folder}")


@app.command()
def text(source: Annotated[str, typer.Argument(help="A file.")]) -> None:
    """Print the text of an article as offsets count it."""
    from qa.loader import load
    from qa.settings import load_settings

    settings = load_settings().settings
    sys.stdout.buffer.write(load(source, max_bytes=settings.max_bytes).text.encode())


@app.command()
@with_flags("quiet")
def verify(
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS.jsonl", help="Saved answers, one JSON object a line.")],
    *,
    settings: Settings,
) -> None:
    """Check every quote of saved answers against its source; status 1 and a list if any does not stand there.

    A source is looked for from the working folder, then from the folder of ANSWERS.jsonl.
    """
    from qa.verification import verify_file

    count, problems = verify_file(answers, settings)
    for problem in problems:
        _complain(problem)
    if problems:
        raise QAError(f"{len(problems)} of {count} quotes do not stand in their source")
    if not settings.quiet:
        typer.echo(f"{count} quotes stand in their sources")


@app.command("eval")
@with_flags()
def evaluate(
    questions: Annotated[
        Path, typer.Argument(metavar="QUESTIONS.jsonl", help="Gold questions, one JSON object a line.")
    ],
    sources: Sources = None,
    as_json: Json = False,
    wrong: Annotated[bool, typer.Option("--wrong", help="List the questions that were not answered right.")] = False,
    save: Annotated[Path | None, typer.Option(help="Write each answer and how it was judged as JSON lines.")] = None,
    curve: Annotated[
        Path | None, typer.Option(help="Draw coverage against correctness as PNG; use with --min-confidence 0.")
    ] = None,
    *,
    settings: Settings,
) -> None:
    """Ask gold questions and print the figures, in per cent."""
    from qa import gold

    judged = gold.run(questions, _open(sources, settings, needed=False))
    if save:
        gold.save(judged, save)
    if curve:
        gold.plot(judged, curve)
    gold.report(judged, as_json=as_json, wrong=wrong)


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(help="A run saved by `qa eval --save`.")],
    after: Annotated[Path, typer.Argument(help="Another run over the same questions.")],
) -> None:
    """Compare two saved runs question by question."""
    from qa import gold

    gold.compare(before, after)


@app.command()
def config(as_json: Json = False) -> None:
    """Print the effective settings, and where each comes from."""
    import msgspec

    from qa.settings import config_file, load_settings

    layered = load_settings()
    values = msgspec.to_builtins(layered.settings, enc_hook=str)
    if as_json:
        _print_json({name: {"value": value, "from": layered.origins[name]} for name, value in values.items()})
        return
    typer.echo(f"# file: {config_file()}")
    for name, value in values.items():
        typer.echo(f"{name} = {msgspec.json.encode(value).decode()}  # {layered.origins[name]}")


@app.command()
@with_flags("model", "embedder", "reader", "index_dir", "threads")
def doctor(as_json: Json = False, *, settings: Settings) -> None:
    """Look at everything that a question needs; what is not ok comes with what mends it, and status 1."""
    import msgspec

    from qa.doctor import examine
    from qa.render import one_line

    findings = []
    for finding in examine(settings):
        findings.append(finding)
        if not as_json:
            typer.echo(f"{'ok  ' if not finding.mend else 'not '} {finding.name}: {one_line(finding.found)}")
            if finding.mend:
                typer.echo(f"     mend: {finding.mend}")
    if as_json:
        _print_json(msgspec.to_builtins(findings))
    wrong = sum(bool(f.mend) for f in findings)
    if wrong:
        raise QAError(f"{wrong} of {len(findings)} are not ok")


app.add_typer(sessions_app, name="sessions")


@app.command()
@with_flags("quiet")
def cache(clear: Annotated[bool, typer.Option("--clear", help="Delete them.")] = False, *, settings: Settings) -> None:
    """List the files that were made from models to start faster. They are made again when they are missing."""
    from qa.model_cache import ModelCache

    kept = ModelCache(settings.cache_dir)
    for path in kept.files():
        typer.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    if clear:
        kept.clear()
        if not settings.quiet:
            typer.echo(f"deleted {settings.cache_dir}", err=True)


def _open(sources: list[str] | None, settings: Settings, *, needed: bool = True) -> Assistant:
    from qa.assistant import Assistant
    from qa.models import load_parts
    from qa.sources import default_sources

    named = sources or default_sources(settings, needed=needed)
    return Assistant(named, settings, load_parts(settings), progress=_progress(settings))


def _progress(settings: Settings) -> Progress | None:
    if settings.quiet or not sys.stderr.isatty():
        return None
    from qa.progress import Bars

    return Bars()


def _lines(batch: str) -> AbstractContextManager[Any]:
    from contextlib import nullcontext

    if batch == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(batch).open("rb")
    except OSError as error:
        raise UsageError(f"{batch}: cannot be read: {error.strerror}") from error


def _print_json(value: object) -> None:
    import msgspec

    sys.stdout.buffer.write(msgspec.json.encode(value, enc_hook=str) + b"\n")
    sys.stdout.buffer.flush()


def _complain(text: str) -> None:
    from qa.render import one_line

    typer.echo(f"qa: {one_line(text)}", err=True)


def main() -> NoReturn:
    """Run the command line; every error is one line on standard error and a status."""
    try:
        status = app(standalone_mode=False) or OK
    except UsageError as error:
        _complain(str(error))
        status = USAGE
    except QAError as error:
        _complain(str(error))
        status = FAILED
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("", err=True)
        status = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has left; what Python still holds back for it is thrown away.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = FAILED
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        _complain(error.format_message())
        status = USAGE
    sys.exit(status)
