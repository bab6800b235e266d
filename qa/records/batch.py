"""Many questions in one process: a JSON line out for each line in, in order; models are loaded once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import msgspec

from qa.answering.assistant import Assistant
from qa.errors import QAError, UsageError
from qa.records.lines import BadLine, Question, read_lines, source_beside
from qa.types import Answer


def answered_before(lines: Iterable[bytes], file: BinaryIO) -> int:
    """Count the lines of a batch that an earlier, stopped run has answered in ``file``.

    A last line that was cut off is deleted, and ``file`` is positioned at its end.

    Raises:
        UsageError: the file contains something else than the answers to the first of ``lines``.
    """
    done = 0
    complete = 0  # bytes
    asked = read_lines(lines, Question)
    for raw in file:
        if not raw.endswith(b"\n"):
            break
        number, line = next(asked, (0, None))
        if line is None or not _answers(raw, line):
            raise UsageError(f"line {done + 1} is not the answer to line {number} of the batch; choose another file")
        done, complete = done + 1, complete + len(raw)
    file.seek(complete)
    file.truncate()
    return done


def _answers(raw: bytes, line: Question | BadLine) -> bool:
    try:
        answer = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return False
    if not isinstance(answer, dict) or answer.get("id") != line.id:
        return False
    return isinstance(line, BadLine) or answer.get("question", line.question) == line.question


def answers(
    lines: Iterable[bytes], assistant: Assistant, folder: Path | None, *, skip: int = 0
) -> Iterator[Answer | BadLine]:
    """Answer each line as it is read; a line that fails becomes an error line and the batch goes on.

    The source of a line is relative to ``folder``, or to the working folder if that is None. ``skip`` is the number of
    lines to leave out at the start.
    """
    for number, line in itertools.islice(read_lines(lines, Question), skip, None):
        if isinstance(line, BadLine):
            yield line
            continue
        sources = (source_beside(line.source, folder),) if line.source else ()
        if not (sources or assistant.sources or assistant.corpus.collection):
            yield BadLine(number, "the line has no source, and none was given with --source", line.id)
            continue
        try:
            answer = assistant.ask(line.question, history=line.history, sources=sources)
        except QAError as error:
            yield BadLine(number, str(error), line.id)
        else:
            yield replace(answer, id=line.id)
