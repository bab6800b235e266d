"""One source that is open: its state, and what clients are told of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from qa.index.storage import Index
from qa.sources.uploads import Upload
from qa.text.display import one_line
from qa.text.language import RIGHT_TO_LEFT
from qa.types import Count, Document

State = Literal["waiting", "indexing", "ready", "failed"]
Direction = Literal["ltr", "rtl"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a client is told of a source; ``source`` is its name in citations, ``name`` the one to show.

    ``progress`` goes from 0 to 1. What is not known before the source is ready is empty or 0.
    """

    id: str
    source: str
    name: str
    title: str
    author: str
    date: str
    language: str
    direction: Direction
    characters: Count
    words: Count
    sha256: str
    status: State
    progress: float
    error: str | None
    uploaded: bool


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a source; ``pages`` are the offsets, in code points, at which its pages begin."""

    id: str
    source: str
    title: str
    language: str
    direction: Direction
    sha256: str
    text: str
    pages: tuple[Count, ...]


@dataclass(eq=False)
class Entry:
    """A source that is open, or is to be; ``file`` is what is read, ``name`` what is shown.

    ``suggestions`` are questions that it answers, None while nobody has looked for them.
    """

    id: str
    file: str
    name: str
    upload: Upload | None = None
    status: State = "waiting"
    progress: float = 0.0
    error: str | None = None
    index: Index | None = None
    suggestions: tuple[str, ...] | None = None
    closed: bool = False
    _words: int = 0
    _failed_as: tuple[int, int] = (0, 0)

    def keep(self, index: Index) -> None:
        """Take the index: the source can be asked from now on."""
        self._words, self.suggestions = len(index.document.text.split()), None
        self.index, self.error, self.progress = index, None, 1.0
        self.status = "ready"

    def fail(self, error: str) -> None:
        """Say that the source cannot be asked, until its file is another."""
        # The path of an upload is ours, and tells its sender nothing.
        self.error = one_line(error.replace(self.file, self.name) if self.upload else error)
        self._failed_as = self._state()
        self.index, self.status = None, "failed"

    def may_work_now(self) -> bool:
        """Tell whether the file of a source that failed has changed since."""
        return self.status == "failed" and self._state() != self._failed_as

    def seen(self) -> Source:
        """Tell what is known of the source."""
        document = self.index.document if self.index else Document("", "", "", language="")
        return Source(
            **described(document),
            id=self.id,
            source=self.file,
            name=self.name,
            characters=len(document.text),
            words=self._words if self.index else 0,
            author=document.author,
            date=document.date,
            status=self.status,
            progress=round(self.progress, 3),
            error=self.error,
            uploaded=self.upload is not None,
        )

    def text(self, document: Document) -> Text:
        """Tell the text of the source, which ``document`` holds."""
        return Text(**described(document), id=self.id, source=self.file, text=document.text, pages=document.pages)

    def _state(self) -> tuple[int, int]:
        with suppress(OSError, ValueError):
            status = Path(self.file).stat()
            return status.st_size, status.st_mtime_ns
        return 0, 0


def described(document: Document) -> dict[str, Any]:
    """Return what is told of a document both with its text and without."""
    return {
        "title": document.title,
        "language": document.language,
        "direction": "rtl" if document.language in RIGHT_TO_LEFT else "ltr",
        "sha256": document.sha256,
    }
