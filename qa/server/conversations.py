"""Kept conversations: listed, read, continued, exported, deleted."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal

import msgspec

from qa.conversation.export import documents_of, markdown, page
from qa.conversation.sessions import Recorder, Session, Sessions
from qa.errors import SessionError
from qa.server.refusals import RefusedError
from qa.settings import Settings
from qa.text.display import one_line
from qa.types import Answer, Count, Document, Evidence, Turn

log = logging.getLogger(__name__)

NEW = "new"
Form = Literal["md", "html", "jsonl"]
MEDIA_TYPES: dict[Form, str] = {"md": "text/markdown", "html": "text/html", "jsonl": "application/x-ndjson"}
TURNS = 20  # the last of a conversation; what a question leans on is not further back
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_TITLE = 200  # characters


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation in the list: ``title`` is its first question, ``updated`` a time as ISO 8601 has it."""

    id: str
    title: str
    sources: tuple[str, ...]
    turns: Count
    updated: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as it is read."""

    id: str
    sources: tuple[str, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """A step of an answer: it is about to be given, and has been saved in the conversation of that id."""

    id: str


class Conversations:
    """The conversations in the folder of the settings; threads may share it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sessions = Sessions(settings.sessions_dir)
        self._known: dict[Path, tuple[tuple[int, int], Listed]] = {}
        self._lock = threading.Lock()

    def listed(self) -> list[Listed]:
        """List the conversations that can be read, the newest first."""
        with self._lock:
            known = {}
            for path in self._sessions.folder.glob("*.jsonl"):
                if not _ID.fullmatch(path.stem):
                    continue
                with suppress(OSError, SessionError):
                    status = path.stat()
                    state = status.st_size, status.st_mtime_ns
                    before = self._known.get(path)
                    known[path] = before if before and before[0] == state else (state, self._read(path))
            self._known = known
        return sorted((one for _, one in known.values()), key=lambda one: one.updated, reverse=True)

    def read(self, identifier: str) -> Kept:
        """Read a conversation.

        Raises:
            RefusedError: there is none of that id.
        """
        session = self._find(identifier)
        return Kept(id=session.name, sources=session.sources, answers=session.answers)

    def begin(
        self, identifier: str | None, sources: Sequence[str], collection: str = ""
    ) -> tuple[list[Turn], Recorder | None]:
        """Return the last turns of a conversation, and what adds to it; nothing of both where none is kept.

        A new one is over ``sources``, which are in the ``collection`` where one is named.

        Raises:
            RefusedError: there is none of that id.
        """
        if identifier is None or (identifier == NEW and not self._settings.keep_sessions):
            return [], None
        if identifier == NEW:
            return [], self._sessions.begin(sources, collection)
        session = self._find(identifier)
        recorder = self._sessions.again(session) if self._settings.keep_sessions else None
        return [(a.question, a.answer) for a in session.answers[-TURNS:]], recorder

    def export(self, identifier: str, form: Form, at_hand: Callable[[str], Document | None]) -> str:
        """Write a conversation as a file; sources that are not ``at_hand`` are read.

        Raises:
            RefusedError: there is none of that id.
        """
        session = self._find(identifier)
        answers = session.answers
        if form == "jsonl":
            return "".join(msgspec.json.encode(a).decode() + "\n" for a in answers)
        documents = documents_of(answers, self._settings.limits, at_hand=at_hand, paths=session.sources)
        return (markdown if form == "md" else page)(answers, documents)

    def delete(self, identifier: str) -> None:
        """Delete a conversation for good.

        Raises:
            RefusedError: there is none of that id.
            SessionError: it cannot be deleted.
        """
        self._sessions.delete(self._find(identifier).name)

    def _find(self, identifier: str) -> Session:
        if _ID.fullmatch(identifier):
            with suppress(SessionError):
                return self._sessions.find(identifier)
        raise RefusedError(404, "there is no such conversation; GET /api/v1/conversations lists them")

    def _read(self, path: Path) -> Listed:
        session = self._sessions.find(path.stem)
        first = one_line(session.answers[0].question)[:_TITLE] if session.answers else ""
        changed = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
        return Listed(
            id=session.name,
            title=first,
            sources=session.sources,
            turns=len(session.answers),
            updated=changed.isoformat(timespec="milliseconds"),
        )


def keeping(steps: Iterator[Evidence | str | Answer], recorder: Recorder | None) -> Iterator[object]:
    """Go through the steps of an answer; the answer is saved before it is given, and ``Saved`` says so."""
    for step in steps:
        if isinstance(step, Answer) and recorder:
            try:
                recorder.add(step)
            except SessionError as error:
                log.warning("%s", error)  # the answer is given all the same
            else:
                yield Saved(recorder.name)
        yield step
