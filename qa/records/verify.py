"""Saved answers checked against their sources: every quote must match the text at its offsets."""

from __future__ import annotations

from pathlib import Path

from qa.answering.writing.citations import broken
from qa.errors import SourceError
from qa.records.lines import read_answers
from qa.settings import Settings
from qa.sources.find import STDIN
from qa.sources.read import load
from qa.types import Document


def verify_file(path: Path, settings: Settings) -> tuple[int, list[str]]:
    """Check each quote of the answers in ``path``; return their number, and a line for each problem.

    Raises:
        UsageError: the file cannot be read, or a line is not an answer.
    """
    documents: dict[str, Document | SourceError] = {}
    problems, count = [], 0
    for answer in read_answers(path):
        for citation in answer.citations:
            count += 1
            name = f"{answer.id if answer.id is not None else answer.question}: [{citation.number}] {citation.source}"
            if citation.source not in documents:
                documents[citation.source] = _load(citation.source, path.parent, settings)
            document = documents[citation.source]
            if isinstance(document, SourceError):
                problems.append(f"{name}: {document}")
            elif broken([citation], document.text):
                changed = "" if document.sha256 == citation.document_sha256 else " (the article has changed since)"
                at = document.text.find(citation.quote) if citation.quote else -1
                moved = f"; it stands at {at}-{at + len(citation.quote)} now" if at >= 0 else ""
                places = f"characters {citation.start}-{citation.end} do not match the quote{moved}{changed}"
                problems.append(f"{name}: {places}")
            elif f"[{citation.number}]" not in answer.answer:
                problems.append(f"{name}: the answer has no marker [{citation.number}]")
    return count, problems


def _load(source: str, beside: Path, settings: Settings) -> Document | SourceError:
    if source == STDIN:
        return SourceError("was read from standard input, which is not stored")
    path = source if Path(source).exists() else str(beside / source)
    try:
        return load(path, settings.limits)
    except SourceError as error:
        return error
