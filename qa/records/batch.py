"""Many questions in one process: a JSON line out for each line in, in order, models loaded once."""

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
    """Count the lines of a batch whose answers an earlier, stopped run has written to ``file``.

    A last line that was cut off is deleted from it, and ``file`` is left at its end.

    Raises:
        UsageError: what the file holds are not the answers to the first of ``lines``.
    """
    done = 0
    whole = 0
    asked = read_lines(lines, Question)
    for raw in file:
        if not raw.endswith(b"\n"):
            break
        number, line = next(asked, (0, None))
        if line is None or not _answers(raw, line):
            raise UsageError(f"line {done + 1} is not the answer to line {number} of the batch; name another file")
        done, whole = done + 1, whole + len(raw)
    file.seek(whole)
    file.truncate()
    return done


def _answers(raw: bytes, line: Question | BadLine) -> bool:
    try:
        made = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return False
    if not isinstance(made, dict) or made.get("id") != line.id:
        return False
    return isinstance(line, BadLine) or made.get("question", line.question) == line.question


def answers(
    lines: Iterable[bytes], assistant: Assistant, folder: Path | None, *, skip: int = 0
) -> Iterator[Answer | BadLine]:
    """Answer each line as it is read; a line that fails becomes an error line and the batch goes on.

    ``folder`` is what a line's source is relative to; None is the working folder. ``skip`` passes over the first lines.
    """
    for number, line in itertools.islice(read_lines(lines, Question), skip, None):
        if isinstance(line, BadLine):
            yield line
            continue
        sources = (source_beside(line.source, folder),) if line.source else ()
        if not sources and not assistant.sources:
            yield BadLine(number, "the line has no source, and none was given with --source", line.id)
            continue
        try:
            answer = assistant.ask(line.question, history=line.history, sources=sources)
        except QAError as error:
            yield BadLine(number, str(error), line.id)
        else:
            yield replace(answer, id=line.id)
