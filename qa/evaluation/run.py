"""Gold questions asked of an assistant, and the judged answers saved for a later comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from qa.answering.assistant import Assistant
from qa.errors import QAError, UsageError
from qa.evaluation.metrics import Judged, judge
from qa.protocols import Progress
from qa.records.lines import BadLine, GoldQuestion, read_lines, source_beside


def run(questions: Path, assistant: Assistant, progress: Progress | None = None) -> list[Judged]:
    """Ask every question of the gold file and judge the answers.

    Raises:
        UsageError: the file cannot be read, or a line of it is not a gold question.
        QAError: a question cannot be answered; the message names it.
    """
    return list(each(questions, assistant, progress))


def each(questions: Path, assistant: Assistant, progress: Progress | None = None) -> Iterator[Judged]:
    """Ask the questions of the gold file one by one; as ``run`` otherwise."""
    gold = read_gold(questions)
    for done, question in enumerate(gold, start=1):
        yield _ask(question, assistant, questions.parent)
        if progress:
            progress("asking", done, len(gold))


def _ask(gold: GoldQuestion, assistant: Assistant, folder: Path) -> Judged:
    sources = (source_beside(gold.source, folder),) if gold.source else assistant.sources
    if len(sources) != 1:
        raise UsageError(f"question {gold.id!r}: needs one source, in its line or with -s")
    try:
        answer = assistant.ask(gold.question, history=gold.history, sources=sources)
        (file,) = assistant.corpus.expand(sources)
        document = assistant.corpus.document(file, (file,))
    except QAError as error:
        raise type(error)(f"question {gold.id!r}: {error}") from error
    return judge(gold, replace(answer, id=gold.id), document.text if document else "")


def read_gold(path: Path) -> list[GoldQuestion]:
    """Read a gold file.

    Raises:
        UsageError: it cannot be read, or a line of it is not a gold question.
    """
    gold = []
    for number, line in read_lines(_lines(path), GoldQuestion):
        if isinstance(line, BadLine):
            raise UsageError(f"{path}: line {number}: {line.error}")
        gold.append(line)
    if not gold:
        raise UsageError(f"{path}: contains no question")
    return gold


def can_save(path: Path) -> None:
    """Make sure, before anything is asked, that ``path`` can be written; what is there stays.

    Raises:
        UsageError: it cannot.
    """
    try:
        path.open("ab").close()
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def save(judged: Sequence[Judged], path: Path) -> None:
    """Write judged answers as JSON lines.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        path.write_bytes(b"".join(msgspec.json.encode(j) + b"\n" for j in judged))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def read_saved(path: Path) -> list[Judged]:
    """Read the judged answers of a saved run.

    Raises:
        UsageError: the file cannot be read, or a line of it is not a judged answer.
    """
    judged = []
    for number, line in enumerate(_lines(path), start=1):
        try:
            judged.append(msgspec.json.decode(line, type=Judged))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: line {number} is not of a run saved by `qa eval --save`: {error}") from error
    return judged


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
