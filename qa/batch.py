"""Many questions in one process: a JSON line out for each line in, in order, models loaded once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from qa.assistant import Assistant
from qa.errors import QAError
from qa.questions import BadLine, Question, read_lines, source_beside
from qa.types import Answer


def answers(lines: Iterable[bytes], assistant: Assistant, folder: Path | None) -> Iterator[Answer | BadLine]:
    """Answer each line as it is read; a line that fails becomes an error line and the batch goes on.

    ``folder`` is what a line's source is relative to; None is the working folder.
    """
    for number, line in read_lines(lines, Question):
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
