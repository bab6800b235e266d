"""One question to every document of a collection: a line for each, in order of source, and as a table."""

from __future__ import annotations

import csv
from collections.abc import Collection as Container
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO, TextIO

import msgspec

from qa.answering.assistant import Assistant
from qa.answering.collection import Collection
from qa.errors import QAError, UsageError
from qa.records.lines import BadLine, complete_lines, of_a_run
from qa.text.display import clean, one_line
from qa.text.markers import without
from qa.types import Answer

_COLUMNS = ("source", "title", "status", "answer", "confidence", "quote", "start", "end", "page")
# What begins with one of these is a formula to a spreadsheet, and the texts are other people's.
_FORMULA = ("=", "+", "-", "@", "\t")


class Each:
    """A question to every document that an assistant over a collection was opened with.

    Raises:
        UsageError: the assistant is not over a collection.
    """

    def __init__(self, question: str, assistant: Assistant) -> None:
        if not isinstance(assistant.corpus, Collection):
            raise UsageError("--each asks every document of a collection; name it with -c")
        self._question, self._assistant, self._collection = question, assistant, assistant.corpus

    def __len__(self) -> int:
        return self._collection.count(self._assistant.sources)

    def answered_before(self, file: BinaryIO) -> dict[str, int]:
        """Find what an earlier run has answered in ``file``: each document, and the byte at which its line begins.

        What is not asked any more is left out. A last line that was cut off is deleted, and ``file`` is
        positioned at its end.

        Raises:
            UsageError: a line is something else than the answer of a document to this question, or none is about a
                document that is asked.
        """
        starts: dict[str, int] = {}
        start = 0
        for number, raw in enumerate(complete_lines(file), start=1):
            starts[self._answered(raw, number)] = start
            start += len(raw)
        known = {source: starts[source] for source in self._sources() if source in starts} if starts else {}
        if starts and not known:
            raise UsageError(
                f"answers for {next(iter(starts))} and others, none of which is asked here; "
                "go on in the folder where it was begun, or choose another file"
            )
        return known

    def _answered(self, raw: bytes, number: int) -> str:
        line = of_a_run(raw) or {}
        source = line.get("id")
        if not isinstance(source, str) or line.get("question", self._question) != self._question:
            raise UsageError(f"line {number} is not the answer of a document to this question; choose another file")
        return source

    def answers(self, *, but: Container[str] = ()) -> Iterator[Answer | BadLine]:
        """Ask each document by itself, except ``but`` these; one that fails becomes an error line."""
        count = self._assistant.settings.retrieved_passages
        asked = (source for source in self._sources() if source not in but)
        each = self._collection.each(self._question, count, asked)
        for number, (source, retriever) in enumerate(each, start=len(but) + 1):
            try:
                yield replace(self._assistant.ask(self._question, retriever=retriever), id=source)
            except QAError as error:
                yield BadLine(number, str(error), source)

    def saved(self, file: BinaryIO, starts: Mapping[str, int]) -> Iterator[Answer | BadLine]:
        """Read the answers whose lines begin at ``starts``, in order of source."""
        for source in self._sources():
            if source in starts:
                file.seek(starts[source])
                yield _read(file.readline())

    def _sources(self) -> Iterator[str]:
        return self._collection.names(self._assistant.sources)


def _read(raw: bytes) -> Answer | BadLine:
    if msgspec.json.decode(raw).get("schema") == "qa.error/1":
        return msgspec.json.decode(raw, type=BadLine)
    return msgspec.json.decode(raw, type=Answer)


def by_confidence(lines: Iterable[Answer | BadLine]) -> list[Answer | BadLine]:
    """Order answers, the surest first, those that are alike as they came; error lines are last."""
    return sorted(lines, key=lambda line: -line.confidence if isinstance(line, Answer) else 1.0)


def as_text(line: Answer | BadLine) -> str:
    """Write a document's answer as a line of text."""
    return one_line(f"{line.id}: {line.answer if isinstance(line, Answer) else line.error}")


def write_table(lines: Iterable[Answer | BadLine], file: TextIO) -> None:
    """Write a row for each document as CSV (RFC 4180), each as it comes; of several quotes it has the first.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    table = csv.writer(file)
    table.writerow(_COLUMNS)
    for line in lines:
        table.writerow([_cell(value) if isinstance(value, str) else value for value in _row(line)])
        file.flush()


def _row(line: Answer | BadLine) -> tuple[object, ...]:
    if isinstance(line, BadLine):
        return line.id, "", "error", line.error, "", "", "", "", ""
    answer, first = without(line.answer), next(iter(line.citations), None)
    if first is None:
        return line.id, "", line.status, answer, line.confidence, "", "", "", ""
    return line.id, first.title, line.status, answer, line.confidence, first.quote, first.start, first.end, first.page


def _cell(text: str) -> str:
    shown = clean(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
