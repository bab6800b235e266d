"""The lines of batches, of gold files and of saved answers: JSON in, checked values out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeVar

import msgspec

from qa.errors import UsageError
from qa.sources.fetch import is_address
from qa.types import Answer, Turn

# The first line of a saved conversation. It is known here, below the conversations, because `read_answers` accepts
# their files and skips this line.
SESSION = "qa.session/1"
_SCHEMAS = {"qa.answer/1", "qa.error/1"}
_BEGINNINGS = (b'{"question":', b'{"line":', b'{"schema":')  # of lines that are written of answers and errors


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a batch. ``history`` is oldest first."""

    question: str
    id: str | int | None = None
    source: str | None = None
    history: list[Turn] = []

    def __post_init__(self) -> None:
        if not self.question.strip():
            raise ValueError("the question is empty")


class GoldQuestion(Question, frozen=True, kw_only=True):
    """One line of a gold file: a question with its accepted answers and where the evidence is.

    Of a ``long`` answer each piece of evidence is a point that it should cover; it needs no accepted answers.
    """

    answerable: bool
    answers: list[str] = []
    evidence: list[str] = []
    answer_spans: list[tuple[int, int]] = []
    kind: str = "question"
    long: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.answerable and not self.answers and not self.long:
            raise ValueError("an answerable question needs `answers`")
        if self.answerable and not (self.evidence or self.answer_spans):
            raise ValueError("an answerable question needs `evidence` or `answer_spans`")


@dataclass(frozen=True, slots=True)
class BadLine:
    """What a batch writes for a line that it cannot use: the contract ``qa.error/1``.

    ``line`` counts from 1; it is None where the server refuses a request.
    """

    line: int | None
    error: str
    id: str | int | None = None
    schema: Literal["qa.error/1"] = "qa.error/1"


Line = TypeVar("Line", bound=Question)


def read_lines(lines: Iterable[bytes], kind: type[Line]) -> Iterator[tuple[int, Line | BadLine]]:
    """Decode JSON lines one at a time; blank lines are skipped, a bad one gives the reason."""
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            yield number, msgspec.json.decode(raw, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield number, BadLine(number, _reason(error), _id_of(raw))


def _reason(error: Exception) -> str:
    return f"not JSON text in UTF-8: {error}" if isinstance(error, UnicodeDecodeError) else str(error)


def of_a_run(raw: bytes) -> dict[str, Any] | None:
    """Decode a line that a run wrote, an answer or why there is none; None where it is something else."""
    try:
        line = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return line if isinstance(line, dict) and line.get("schema") in _SCHEMAS else None


def _id_of(raw: bytes) -> str | int | None:
    try:
        line = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    identifier = line.get("id") if isinstance(line, dict) else None
    return identifier if isinstance(identifier, str | int) and not isinstance(identifier, bool) else None


def source_beside(source: str, folder: Path | None) -> str:
    """Resolve a line's source against the folder of its file; without one, the working folder counts.

    A web address stays as it is.
    """
    return source if folder is None or is_address(source) else str(folder / source)


def complete_lines(file: BinaryIO) -> Iterator[bytes]:
    """Give the lines of a file to which a stopped run wrote; a last one that was cut off is deleted at the end.

    The file is positioned there then.

    Raises:
        UsageError: what was cut off is no line of a run.
    """
    complete = 0  # bytes
    for raw in file:
        if not raw.endswith(b"\n"):
            if not any(raw.startswith(begin) or begin.startswith(raw) for begin in _BEGINNINGS):
                raise UsageError("the last line is no answer of an earlier run; choose another file")
            break
        complete += len(raw)
        yield raw
    file.seek(complete)
    file.truncate()


def read_answers(path: Path) -> list[Answer]:
    """Read saved answers; error lines of a batch and the first line of a saved conversation are skipped.

    Raises:
        UsageError: the file cannot be read, or a line is not an answer.
    """
    answers = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            schema = msgspec.json.decode(raw).get("schema")
            if schema in {"qa.error/1", SESSION}:
                continue
            if schema != "qa.answer/1":
                raise UsageError(f"{path}: line {number} is not an answer (schema {schema!r})")
            answers.append(msgspec.json.decode(raw, type=Answer))
        except (msgspec.DecodeError, UnicodeDecodeError, AttributeError) as error:
            raise UsageError(f"{path}: line {number} is not an answer: {error}") from error
    if not answers:
        raise UsageError(f"{path}: contains no answer")
    return answers
