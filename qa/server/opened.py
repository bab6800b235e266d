"""One source that is open: its state, and what clients are told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import msgspec

from qa.index.storage import Index
from qa.sources.uploads import Upload
from qa.text.display import one_line
from qa.text.language import RIGHT_TO_LEFT
from qa.types import Document

State = Literal["waiting", "indexing", "ready", "failed"]
Direction = Literal["ltr", "rtl"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a client is told of a source; ``source`` is its name in citations, ``name`` the one to show."""

    id: str
    source: str
    name: str
    title: str = ""
    author: str = ""
    date: str = ""
    language: str = ""
    direction: Direction = "ltr"
    characters: int = 0
    words: int = 0
    sha256: str = ""
    status: State
    progress: float
    error: str | None = None
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
    pages: tuple[int, ...]


@dataclass(eq=False)
class Entry:
    """A source that is open, or is to be; ``file`` is what is read, ``name`` what is shown."""

    id: str
    file: str
    name: str
    upload: Upload | None = None
    status: State = "waiting"
    progress: float = 0.0
    error: str | None = None
    index: Index | None = None
    words: int = field(default=0, repr=False)
    closed: bool = False

    def keep(self, index: Index) -> None:
        """Take the index: the source can be asked from now on."""
        self.words = len(index.document.text.split())
        self.index, self.status, self.progress, self.error = index, "ready", 1.0, None

    def fail(self, error: str) -> None:
        """Say that the source cannot be asked."""
        # The path of an upload is ours, and tells its sender nothing.
        self.index, self.status = None, "failed"
        self.error = one_line(error.replace(self.file, self.name) if self.upload else error)

    def seen(self) -> Source:
        """Tell what is known of the source."""
        known: dict[str, object] = {}
        if self.index:
            document = self.index.document
            known = {
                "title": document.title,
                "author": document.author,
                "date": document.date,
                "language": document.language,
                "direction": direction_of(document),
                "characters": len(document.text),
                "words": self.words,
                "sha256": document.sha256,
            }
        return Source(
            id=self.id,
            source=self.file,
            name=self.name,
            status=self.status,
            progress=round(self.progress, 3),
            error=self.error,
            uploaded=self.upload is not None,
            **known,  # type: ignore[arg-type]
        )

    def text(self, document: Document) -> Text:
        """Tell the text of the source, which ``document`` holds."""
        return Text(
            id=self.id,
            source=self.file,
            title=document.title,
            language=document.language,
            direction=direction_of(document),
            sha256=document.sha256,
            text=document.text,
            pages=document.pages,
        )


def direction_of(document: Document) -> Direction:
    """Tell in which direction the text of a document runs."""
    return "rtl" if document.language in RIGHT_TO_LEFT else "ltr"
