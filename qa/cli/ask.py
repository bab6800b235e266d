"""The command for single questions and batches: `qa ask`."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from qa.cli.options import Json, Sources, with_flags
from qa.cli.output import NOT_IN_ARTICLE, OK, print_json, progress_for
from qa.errors import QAError, UsageError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from qa.answering.assistant import Assistant
    from qa.protocols import Progress
    from qa.settings import Settings
    from qa.types import Answer

EXAMPLES = """\b
Examples:
  qa ask 'Who leads it?' -s article.pdf
  curl -s https://example.org/a | qa ask 'Who is quoted?' -s - --json
  qa ask --batch questions.jsonl > answers.jsonl
"""


class Form(str, Enum):
    """The forms in which an answer is printed."""

    text = "text"
    json = "json"
    markdown = "markdown"


@with_flags()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question; - reads it from standard input.")] = None,
    sources: Sources = None,
    form: Annotated[Form, typer.Option("--format", help="How a single answer is printed.")] = Form.text,
    as_json: Json = False,
    batch: Annotated[
        str | None,
        typer.Option(help='File of JSON lines {"id", "question", "source", "history"}, or - for standard input.'),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="With --batch: append the answers to this file; questions that it already answers are skipped."
        ),
    ] = None,
    no_stream: Annotated[
        bool, typer.Option("--no-stream", help="Print the answer when it is complete, not sentence by sentence.")
    ] = False,
    *,
    settings: Settings,
) -> None:
    """Answer one question, or with --batch many, and print each answer with its citations.

    Exit status: 0 answered (a batch: every line processed), 1 failure, 2 usage, 3 the article does not say
    (single question), 130 interrupted.
    """
    from qa.cli.opening import open_assistant
    from qa.sources.find import STDIN, is_text

    if (question is None) == (batch is None):
        raise UsageError("give one QUESTION, or --batch FILE")
    if resume is not None and (batch is None or batch == STDIN):
        raise UsageError("--resume needs --batch FILE, to continue where the earlier run stopped")
    if [question, batch, *(sources or [])].count(STDIN) > 1:
        raise UsageError("standard input can be only one of the question, the batch and an article")
    if question == STDIN:
        question = sys.stdin.read()
    if question is not None and not question.strip():
        raise UsageError("the question is empty")
    if question is not None and not is_text(question):
        raise UsageError("the question is not text in UTF-8")
    progress = progress_for(settings)
    if batch is not None:
        assistant = open_assistant(sources, settings, required=False, progress=progress)
        try:
            _ask_batch(batch, assistant, progress, resume)
        except OSError as error:
            if resume is None:
                raise
            raise QAError(
                f"{resume}: cannot be written: {error.strerror}; run the same command again to continue"
            ) from error
        return
    assistant = open_assistant(sources, settings, progress=progress)
    _ask_single((question or "").strip(), assistant, Form.json if as_json else form, stream=not no_stream)


def _ask_single(question: str, assistant: Assistant, form: Form, *, stream: bool) -> None:
    from qa.text.display import clean
    from qa.types import Answer

    answer: Answer | None = None
    shown = False
    for step in assistant.stream(question):
        if isinstance(step, Answer):
            answer = step
        elif isinstance(step, str) and stream and form is Form.text:
            typer.echo(clean(step), nl=False)
            shown = True
    if answer is None:
        raise QAError("there was no answer")
    if form is Form.text and shown:
        typer.echo("")
        _print_citations(answer, assistant.settings)
    else:
        _print(answer, form, assistant.settings)
    raise typer.Exit(OK if answer.status == "answered" else NOT_IN_ARTICLE)


def _print(answer: Answer, form: Form, settings: Settings) -> None:
    if form is Form.json:
        print_json(answer)
    elif form is Form.markdown:
        from qa.conversation.export import documents_of, markdown

        typer.echo(markdown([answer], documents_of([answer], settings.limits)), nl=False)
    else:
        from qa.text.display import clean

        typer.echo(clean(answer.answer))
        _print_citations(answer, settings)


def _print_citations(answer: Answer, settings: Settings) -> None:
    if settings.quiet:
        return
    from rich.console import Console

    from qa.cli.tables import show_citations

    show_citations(Console(), answer)


def _ask_batch(batch: str, assistant: Assistant, progress: Progress | None, resume: Path | None) -> None:
    from qa.records.batch import answered_before, answers
    from qa.sources.find import STDIN

    piped = batch == STDIN
    # The number of lines in a pipe is not known before its end, and a bar would break up answers on the same terminal.
    total = 0 if piped or (sys.stdout.isatty() and resume is None) else _count(batch)
    with ExitStack() as stack:
        skip = 0
        file = None
        if resume is not None:
            file = stack.enter_context(_open_for_update(resume))
            try:
                skip = answered_before(stack.enter_context(_lines(batch)), file)
            except UsageError as error:
                raise UsageError(f"{resume}: {error}") from error
        lines = stack.enter_context(_lines(batch))
        folder = None if piped else Path(batch).parent
        for done, answer in enumerate(answers(lines, assistant, folder, skip=skip), start=skip + 1):
            print_json(answer, file)
            if progress and total:
                progress("answering", done, total)


def _open_for_update(resume: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(resume, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    except OSError as error:
        raise UsageError(f"{resume}: cannot be written: {error.strerror}") from error


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
