"""The command for single questions and batches: `qa ask`."""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from qa.cli.options import Collection, Json, Ray, Sources, with_flags
from qa.cli.output import NOT_IN_ARTICLE, OK, complain, print_json, progress_for, resumed, watched, way_on
from qa.errors import QAError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from contextlib import AbstractContextManager

    from qa.answering.assistant import Assistant
    from qa.protocols import Progress
    from qa.records.batch import Asked
    from qa.records.lines import BadLine
    from qa.settings import Settings
    from qa.types import Answer

    Answering = Callable[[Iterator[Asked]], Generator[Answer | BadLine, None, None]]

EXAMPLES = """\b
Examples:
  qa ask 'Who leads it?' -s article.pdf
  curl -s https://example.org/a | qa ask 'Who is quoted?' -s - --json
  qa ask --batch questions.jsonl > answers.jsonl
  qa ask -c news 'Who leads it?'
  qa ask -c news --each 'Who is quoted?' --format csv > quoted.csv
"""


class Form(str, Enum):
    """The forms in which answers are printed."""

    text = "text"
    json = "json"
    markdown = "markdown"
    csv = "csv"


class Order(str, Enum):
    """The orders in which the answers of all documents are printed."""

    source = "source"
    confidence = "confidence"


@with_flags()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question; - reads it from standard input.")] = None,
    sources: Sources = None,
    collection: Collection = None,
    each: Annotated[
        bool, typer.Option("--each", help="With -c: ask every document by itself, a line for each; -s names some.")
    ] = False,
    by: Annotated[
        Order, typer.Option("--by", help="With --each: the order; by confidence, when all are answered.")
    ] = Order.source,
    form: Annotated[
        Form | None,
        typer.Option(
            "--format",
            help="How an answer is printed; with --each: json, text or csv, a table.",
            show_default="text; with --each json",
        ),
    ] = None,
    as_json: Json = False,
    batch: Annotated[
        str | None,
        typer.Option(help='File of JSON lines {"id", "question", "source", "history"}, or - for standard input.'),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="With --batch or --each: append the answers to this file as JSON; what it already answers is skipped."
        ),
    ] = None,
    ray: Ray = None,
    no_stream: Annotated[
        bool, typer.Option("--no-stream", help="Print the answer when it is complete, not sentence by sentence.")
    ] = False,
    *,
    settings: Settings,
) -> None:
    """Answer one question, or with --batch many, and print each answer with its citations.

    Exit status: 0 answered (a batch, --each: every line processed), 1 failure, 2 usage, 3 the article does not say
    (single question), 130 interrupted.
    """
    from qa.cli.opening import open_assistant
    from qa.sources.find import STDIN

    if (question is None) == (batch is None):
        raise UsageError("give one QUESTION, or --batch FILE")
    if resume is not None and not each and (batch is None or batch == STDIN):
        raise UsageError("--resume needs --batch FILE or --each, to continue where the earlier run stopped")
    if [question, batch, *(sources or [])].count(STDIN) > 1:
        raise UsageError("standard input can be only one of the question, the batch and an article")
    if ray is not None and (batch is None or STDIN in (sources or [])):
        raise UsageError("--ray is for --batch; and an article from standard input is on no other machine")
    form = Form.json if as_json else form
    _check_each(each, collection, batch, by, form)
    asked = _question(question) if question is not None else ""
    progress = progress_for(settings)
    if batch is not None:
        with _answering(sources, settings, collection=collection, ray=ray, progress=progress) as answering:
            _ask_batch(batch, answering, progress, resume)
        return
    with closing(open_assistant(sources, settings, collection=collection, progress=progress)) as assistant:
        if each:
            from qa.cli.archive.each import ask_each

            shown, ordered = (form or Form.json).value, by is Order.confidence
            ask_each(asked, assistant, form=shown, ordered=ordered, resume=resume, progress=progress)
        else:
            named = bool(sources) or collection is not None
            _ask_single(asked, assistant, form or Form.text, stream=not no_stream, named=named)


def _check_each(each: bool, collection: str | None, batch: str | None, by: Order, form: Form | None) -> None:
    if each and (collection is None or batch is not None):
        raise UsageError("--each asks one QUESTION of every document of a collection; name it with -c")
    if each and form is Form.markdown:
        raise UsageError("--each prints json, text or csv")
    if batch is not None and form not in {None, Form.json}:
        raise UsageError("--batch prints JSON")
    if not each and (by is not Order.source or form is Form.csv):
        raise UsageError("--by and --format csv are for --each")


def _question(question: str) -> str:
    """Return the question, read from standard input where it is ``-``."""
    from qa.sources.find import STDIN, is_text

    if question == STDIN:
        try:
            question = sys.stdin.read()
        except UnicodeDecodeError:
            raise UsageError("standard input: the question is not text in UTF-8") from None
    if not question.strip():
        raise UsageError("the question is empty")
    if not is_text(question):
        raise UsageError("the question is not text in UTF-8")
    return question.strip()


def _ask_single(question: str, assistant: Assistant, form: Form, *, stream: bool, named: bool) -> None:
    from qa.text.display import clean
    from qa.types import Answer

    answer: Answer | None = None
    shown = False
    for step in assistant.stream(question):
        if isinstance(step, Answer):
            answer = step
            if form is Form.text and shown:
                typer.echo("")
                _print_citations(answer, assistant.settings)
            else:
                _print(answer, form, assistant)
        elif isinstance(step, str) and stream and form is Form.text:
            typer.echo(clean(step), nl=False)
            shown = True
    if answer is None:
        raise QAError("there was no answer")
    if answer.status != "answered" and not (named or form is Form.json or assistant.settings.quiet):
        complain(f"asked: {', '.join(assistant.sources)}; -s names another article")
    raise typer.Exit(OK if answer.status == "answered" else NOT_IN_ARTICLE)


def _print(answer: Answer, form: Form, assistant: Assistant) -> None:
    if form is Form.json:
        print_json(answer)
    elif form is Form.markdown:
        from qa.conversation.export import documents_of, markdown

        documents = documents_of([answer], assistant.settings.limits, at_hand=assistant.document)
        typer.echo(markdown([answer], documents), nl=False)
    else:
        from qa.text.display import clean

        typer.echo(clean(answer.answer))
        _print_citations(answer, assistant.settings)


def _print_citations(answer: Answer, settings: Settings) -> None:
    if settings.quiet:
        return
    from rich.console import Console

    from qa.cli.tables import show_citations

    show_citations(Console(), answer)


@contextmanager
def _answering(
    sources: list[str] | None, settings: Settings, *, collection: str | None, ray: str | None, progress: Progress | None
) -> Iterator[Answering]:
    """Give what answers the lines of a batch: an assistant, or the workers of a cluster with one each."""
    from qa.cli.opening import open_assistant

    opens = partial(open_assistant, sources, collection=collection, required=False)
    if ray is not None:
        from qa.distributed.batch import answers as answers_there

        yield partial(answers_there, address=ray, opens=opens, settings=settings)
    else:
        from qa.records.batch import answers

        with closing(opens(settings, progress=progress)) as assistant:
            yield partial(answers, assistant=assistant)


def _ask_batch(batch: str, answering: Answering, progress: Progress | None, resume: Path | None) -> None:
    from qa.records.batch import answered_before, asked
    from qa.records.lines import BadLine
    from qa.sources.find import STDIN

    def known(file: BinaryIO) -> int:
        if resume is None:
            return 0
        with _lines(batch) as lines:
            return answered_before(lines, file)

    piped = batch == STDIN or (Path(batch).exists() and not Path(batch).is_file())
    if piped and resume is not None:
        raise UsageError(f"{batch}: a pipe is read once; --resume needs a file with the questions")
    # The number of lines in a pipe is not known before its end, and a bar would break up answers on the same terminal.
    total = 0 if piped or (sys.stdout.isatty() and resume is None) else _count(batch)
    name, folder = ("standard input", None) if batch == STDIN else (batch, Path(batch).parent)
    done = bad = 0
    with (
        resumed(resume, known) as (file, skip),
        _lines(batch) as lines,
        closing(answering(asked(lines, name, folder, skip=skip))) as answers,
    ):
        for answer in watched(answers, "answering", skip, total, progress, "" if piped else way_on(resume)):
            print_json(answer, file)
            done, bad = done + 1, bad + isinstance(answer, BadLine)
    if bad:
        complain(f"{name}: {bad} of {done} lines could not be answered; each says why in its `error`")
    elif not done and not skip:
        complain(f"{name}: there is no question in it")


def _count(batch: str) -> int:
    with _lines(batch) as lines:
        return sum(bool(line.strip()) for line in lines)


def _lines(batch: str) -> AbstractContextManager[Any]:
    from contextlib import nullcontext

    if batch == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(batch).open("rb")
    except OSError as error:
        raise UsageError(f"{batch}: cannot be read: {error.strerror}") from error
