"""One question to every document of a collection: a line for each, in order of source, and as a table."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TextIO

import msgspec

from qa.answering.assistant import Assistant
from qa.answering.collection import Collection
from qa.errors import QAError, UsageError
from qa.records.lines import BadLine
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

    def batch(self) -> Iterator[bytes]:
        """Give the batch that this stands for: a line for each document, whose id is its source."""
        for source in self._sources():
            yield msgspec.json.encode({"id": source, "question": self._question})

    def answers(self, *, skip: int = 0) -> Iterator[Answer | BadLine]:
        """Ask each document by itself, but for the first ``skip``; one that fails becomes an error line."""
        count, sources = self._assistant.settings.retrieved_passages, itertools.islice(self._sources(), skip, None)
        each = self._collection.each(self._question, count, sources)
        for number, (source, retriever) in enumerate(each, start=skip + 1):
            try:
                yield replace(self._assistant.ask(self._question, retriever=retriever), id=source)
            except QAError as error:
                yield BadLine(number, str(error), source)

    def _sources(self) -> Iterator[str]:
        return self._collection.names(self._assistant.sources)


def saved(lines: Iterable[bytes]) -> Iterator[Answer | BadLine]:
    """Read what ``Each.answers`` gave, and was written as JSON lines."""
    for raw in lines:
        if msgspec.json.decode(raw).get("schema") == "qa.error/1":
            yield msgspec.json.decode(raw, type=BadLine)
        else:
            yield msgspec.json.decode(raw, type=Answer)


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
