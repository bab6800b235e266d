"""Saved conversations: a file of JSON lines each, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from qa.errors import SessionError
from qa.records.lines import SESSION
from qa.sources.find import absolute
from qa.types import Answer

PATTERNS = ("*.jsonl", "history")  # its own files in the folder of the conversations


class _Head(msgspec.Struct, frozen=True):
    sources: list[str]
    schema: str = SESSION
    collection: str = ""


def _head(sources: Sequence[str], collection: str) -> _Head:
    return _Head([absolute(s) for s in sources], collection=collection)


@dataclass(frozen=True, slots=True)
class Session:
    """A saved conversation: its sources, and its answers, oldest first.

    Over a ``collection`` no sources are all of it.
    """

    path: Path
    sources: tuple[str, ...]
    answers: tuple[Answer, ...]
    collection: str = ""

    @property
    def name(self) -> str:
        return self.path.stem


class Sessions:
    """The conversations in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, sources: Sequence[str], collection: str = "") -> Recorder:
        """Return the recorder of a new conversation; its file is created with the first answer."""
        name = datetime.now().astimezone().strftime("%Y-%m-%dT%H-%M-%S")
        # Several may begin in a second.
        return Recorder(self.folder / f"{name}-{secrets.token_hex(3)}.jsonl", sources, collection)

    def again(self, session: Session) -> Recorder:
        """Return the recorder that continues ``session``."""
        return Recorder(session.path, session.sources, session.collection)

    def all(self, unreadable: Callable[[SessionError], None] = lambda _: None) -> list[Session]:
        """Read every conversation that can be read, the newest last; ``unreadable`` is told of the others."""
        readable = []
        for path in sorted(self.folder.glob("*.jsonl")) if self.folder.is_dir() else []:
            try:
                readable.append(self._read(path))
            except SessionError as error:
                unreadable(error)
        return readable

    def find(self, name: str) -> Session:
        """Read one conversation by its name.

        Raises:
            SessionError: there is none with that name, or it cannot be read.
        """
        return self._read(self._file(name))

    def delete(self, name: str) -> Path:
        """Delete one conversation for good.

        Raises:
            SessionError: there is none with that name, or it cannot be deleted.
        """
        path = self._file(name)
        try:
            path.unlink()
        except OSError as error:
            raise SessionError(f"{path}: cannot be deleted: {error.strerror}") from error
        return path

    def _file(self, name: str) -> Path:
        path = self.folder / f"{Path(name).name.removesuffix('.jsonl')}.jsonl"
        if not path.is_file():
            raise SessionError(f"{name}: no such conversation; `qa sessions list` lists them")
        return path

    def _read(self, path: Path) -> Session:
        try:
            first, *lines = path.read_bytes().splitlines()
            head = msgspec.json.decode(first, type=_Head)
            answers = []
            for line in lines:
                # A process may have been stopped while it wrote a line.
                with suppress(msgspec.DecodeError):
                    if _is_head(line):
                        head = msgspec.json.decode(line, type=_Head)
                    else:
                        answers.append(msgspec.json.decode(line, type=Answer))
        except (OSError, ValueError) as error:
            removed = f"`qa sessions delete {path.stem}` removes it"
            raise SessionError(f"{path}: not a readable conversation; {removed}") from error
        return Session(path, tuple(head.sources), tuple(answers), head.collection)


def _is_head(line: bytes) -> bool:
    value = msgspec.json.decode(line)
    return isinstance(value, dict) and value.get("schema") == SESSION


class Recorder:
    """Adds answers to the file of one conversation, and its sources where they have become others."""

    def __init__(self, path: Path, sources: Sequence[str], collection: str = "") -> None:
        self._path, self._head = path, _head(sources, collection)

    @property
    def name(self) -> str:
        return self._path.stem

    def add(self, answer: Answer, sources: Sequence[str] | None = None, collection: str = "") -> None:
        """Append one answer; what was there before is safe if the write is cut off.

        ``sources``, all or some of a ``collection``, are those of the conversation now, if they may have become others.

        Raises:
            SessionError: the file cannot be written.
        """
        new = False
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            written = self._path.read_bytes() if self._path.exists() else b""
            # Without a whole first line there is no head yet, and nothing to lose.
            new = b"\n" not in written
            head = self._head if sources is None else _head(sources, collection)
            lines = [msgspec.json.encode(head)] if new or head != self._head else []
            lines.append(msgspec.json.encode(answer))
            # A line that was cut off by a stop must not run into the next one.
            torn = b"" if new or written.endswith(b"\n") else b"\n"
            mode = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if new else os.O_APPEND)
            with os.fdopen(os.open(self._path, mode, 0o600), "wb" if new else "ab") as file:
                file.write(torn + b"".join(line + b"\n" for line in lines))
            self._head = head
        except OSError as error:
            if new:
                with suppress(OSError):  # a piece of a first line is of no use
                    self._path.unlink()
            raise SessionError(
                f"{self._path}: cannot be saved: {error.strerror}; QA_KEEP_SESSIONS=false turns saving off"
            ) from error
