"""Many questions in one process: a JSON line out for each line in, in order; models are loaded once."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import msgspec

from qa.answering.assistant import Assistant
from qa.errors import QAError, UsageError
from qa.records.lines import BadLine, Question, complete_lines, of_a_run, read_lines, source_beside
from qa.types import Answer


def answered_before(lines: Iterable[bytes], file: BinaryIO) -> int:
    """Count the lines of a batch that an earlier, stopped run has answered in ``file``.

    A last line that was cut off is deleted, and ``file`` is positioned at its end.

    Raises:
        UsageError: the file contains something else than the answers to the first of ``lines``.
    """
    done = 0
    asked = read_lines(lines, Question)
    for raw in complete_lines(file):
        number, line = next(asked, (0, None))
        if line is None:
            raise UsageError(f"line {done + 1} answers nothing: the batch has {done} lines; choose another file")
        if not _answers(raw, line):
            raise UsageError(f"line {done + 1} is not the answer to line {number} of the batch; choose another file")
        done += 1
    return done


def _answers(raw: bytes, line: Question | BadLine) -> bool:
    answer = of_a_run(raw)
    if answer is None or answer.get("id") != line.id:
        return False
    return isinstance(line, BadLine) or answer.get("question", line.question) == line.question


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of a batch by its number, from 1: a question with the sources that it names, or what is wrong with it."""

    number: int
    line: Question | BadLine
    sources: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"line {self.number}" if self.line.id is None else str(self.line.id)

    def failed(self, error: str) -> BadLine:
        """Return what is written where the line cannot be answered."""
        return BadLine(self.number, error, self.line.id)


def asked(lines: Iterable[bytes], name: str, folder: Path | None, *, skip: int = 0) -> Iterator[Asked]:
    """Read the lines of the batch ``name`` one by one, but for the first ``skip``.

    Sources are relative to ``folder``, or to the working folder if that is None.

    Raises:
        UsageError: none of the lines is JSON, so that this is no batch.
    """
    for number, line in itertools.islice(read_lines(_of_a_batch(lines, name), Question), skip, None):
        if isinstance(line, Question) and line.source:
            yield Asked(number, line, (source_beside(line.source, folder),))
        else:
            yield Asked(number, line)


def _of_a_batch(lines: Iterable[bytes], name: str) -> Iterator[bytes]:
    # The first lines are held back until one is JSON.
    rest = iter(lines)
    first: list[bytes] = []
    for raw in rest:
        first.append(raw)
        if _is_json(raw):
            yield from first
            yield from rest
            return
    if any(raw.strip() for raw in first):
        raise UsageError(f'{name}: no line is JSON; a line of a batch is like {{"question": "Who?", "id": 1}}')


def _is_json(raw: bytes) -> bool:
    try:
        msgspec.json.decode(raw, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def answers(batch: Iterable[Asked], assistant: Assistant) -> Generator[Answer | BadLine, None, None]:
    """Answer each line as it is read; a line that fails becomes an error line and the batch goes on."""
    return (answered(line, assistant) for line in batch)


def answered(asked: Asked, assistant: Assistant) -> Answer | BadLine:
    """Answer one line; what cannot be answered becomes an error line."""
    line = asked.line
    if isinstance(line, BadLine):
        return line
    if not (asked.sources or assistant.sources or assistant.corpus.collection):
        return asked.failed("the line has no source, and none was given with --source")
    try:
        answer = assistant.ask(line.question, history=line.history, sources=asked.sources, line=asked.name)
    except QAError as error:
        return asked.failed(str(error))
    return replace(answer, id=line.id)
