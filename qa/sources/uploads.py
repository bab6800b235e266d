"""Files that were sent to the server: kept below a name of ours, each with the name that its sender gave it."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from qa.errors import SourceError, UsageError
from qa.settings import Settings
from qa.sources.formats import SUFFIXES
from qa.system.files import UNFINISHED
from qa.text.display import one_line

_RECORD = "upload.json"
PATTERNS = (f"*/{_RECORD}",)  # its own files in the folder of the uploads
_SHOWN = 120  # characters of a name
_FORGOTTEN = 3600.0  # seconds after which an upload that did not end is nobody's any more


class _Record(msgspec.Struct, frozen=True):
    name: str
    file: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent: its id, where it lies, and its name, which is only for showing."""

    id: str
    path: Path
    name: str


class Incoming:
    """A file that is being received."""

    def __init__(self, file: IO[bytes], name: str, limit: int) -> None:
        self._file, self._name, self._limit = file, name, limit
        self._bytes = 0
        self.upload: Upload | None = None

    def write(self, piece: bytes) -> None:
        """Add a piece.

        Raises:
            SourceError: the file is larger than the limit, or the disk is full.
        """
        self._bytes += len(piece)
        if self._bytes > self._limit:
            raise SourceError(f"{self._name}: more than {self._limit / 1e6:.1f} MB; raise max_file_mb (QA_MAX_FILE_MB)")
        try:
            self._file.write(piece)
        except OSError as error:
            raise SourceError(f"{self._name}: cannot be stored: {error.strerror}") from error


class Uploads:
    """The folder of the files that were sent."""

    def __init__(self, settings: Settings) -> None:
        self.folder, self._limit = settings.uploads_dir, settings.limits.bytes

    @contextmanager
    def receiving(self, name: str) -> Iterator[Incoming]:
        """Receive a file; at the end it is stored, as ``upload`` of what is given, unless there was an error.

        Raises:
            UsageError: the name has no suffix of a known format.
            SourceError: the file is too large, or cannot be stored.
        """
        shown = shown_name(name)
        suffix = Path(shown).suffix.lower()
        if suffix not in SUFFIXES:
            raise UsageError(f"{shown or 'no name'}: give a {' or '.join(SUFFIXES)} file, its name with that ending")
        identifier = secrets.token_hex(8)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self.folder))
            try:
                with (unfinished / f"{identifier}{suffix}").open("wb") as file:
                    incoming = Incoming(file, shown, self._limit)
                    yield incoming
                record = _Record(shown, f"{identifier}{suffix}")
                (unfinished / _RECORD).write_bytes(msgspec.json.encode(record))
                unfinished.rename(self.folder / identifier)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
        except OSError as error:
            raise SourceError(f"{shown}: cannot be stored in {self.folder}: {error.strerror}") from error
        incoming.upload = self._of(identifier, record)

    def all(self) -> list[Upload]:
        """List what was sent and is still there, the oldest first."""
        self._forget()
        found = []
        for record in self.folder.glob(PATTERNS[0]):
            with suppress(OSError, msgspec.DecodeError):
                upload = self._of(record.parent.name, msgspec.json.decode(record.read_bytes(), type=_Record))
                found.append((upload.path.stat().st_mtime, upload))
        return [upload for _, upload in sorted(found, key=lambda pair: pair[0])]

    def delete(self, upload: Upload) -> None:
        """Delete a file for good.

        Raises:
            SourceError: it cannot be deleted.
        """
        try:
            # Out of the way first: a stop leaves no half of it under its name.
            gone = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self.folder))
            with suppress(FileNotFoundError):
                (self.folder / upload.id).rename(gone / "old")
            shutil.rmtree(gone)
        except OSError as error:
            raise SourceError(f"{upload.name}: cannot be deleted: {error.strerror}") from error

    def _of(self, identifier: str, record: _Record) -> Upload:
        return Upload(identifier, self.folder / identifier / Path(record.file).name, record.name)

    def _forget(self) -> None:
        with suppress(OSError):
            for folder in self.folder.glob(f"{UNFINISHED}*"):
                if time.time() - folder.stat().st_mtime > _FORGOTTEN:
                    shutil.rmtree(folder, ignore_errors=True)


def shown_name(name: str) -> str:
    """Make of a name that a client gave one that can be shown: no folders, nothing hidden, not too long."""
    last = re.split(r"[/\\]", one_line(name))[-1]
    if len(last) <= _SHOWN:
        return last
    suffix = Path(last).suffix
    suffix = suffix if suffix.lower() in SUFFIXES else ""
    return last[: _SHOWN - len(suffix) - 1] + "…" + suffix
