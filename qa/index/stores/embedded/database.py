"""A SQLite database of a collection: one file that stays the same, its transactions, its errors as one line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qa.errors import IndexFolderError
from qa.system.files import why_not_written


class Database:
    """A database, open; a writer waits for another at most ``seconds``.

    Raises:
        IndexFolderError: from every method, where the database cannot be read or written, or is no longer where it
            was opened.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        self.path = path
        with self._explained():
            self._connection = sqlite3.connect(path, timeout=seconds, isolation_level=None, check_same_thread=False)
        # As long as this file is open, no other is the same one.
        self._file = _file_at(path)
        self.run("PRAGMA foreign_keys = ON")
        # A commit is on the disk before it is reported, and what is deleted is overwritten.
        self.run("PRAGMA synchronous = FULL")
        self.run("PRAGMA secure_delete = ON")

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def run(self, statement: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Run a statement; its rows are read as they are taken."""
        with self._explained():
            # What has begun ends with the file that it began with.
            if not self._connection.in_transaction and _file_at(self.path) != self._file:
                raise IndexFolderError(f"{self.path.parent.name}: the collection has been removed")
            return self._rows(self._connection.execute(statement, values))

    def _rows(self, cursor: sqlite3.Cursor) -> Iterator[Any]:
        with self._explained():
            yield from cursor

    def first(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Return the first row of a statement, None where there is none."""
        return next(self.run(statement, values), None)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state for several statements."""
        self.run("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write all or nothing."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        # A disk that is full, or cannot be read, has already done so.
        if self._connection.in_transaction:
            self.run("ROLLBACK")

    def erase(self) -> None:
        """Cut off what was deleted from the file, and from the log of changes, as soon as nobody reads it."""
        with self._explained():
            # A script, because of a single statement that has no columns the module takes one step alone: one page.
            self._connection.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")

    def problems(self) -> Iterator[str]:
        """Have SQLite look at its own pages."""
        for (said,) in list(self.run("PRAGMA quick_check(5)")):
            if said != "ok":
                yield f"{self.path}: {said}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            reason = why_not_written(error, self.path.parent)
            raise IndexFolderError(f"{self.path}: cannot be used: {reason}") from error
        except sqlite3.DatabaseError as error:
            name = self.path.parent.name
            raise IndexFolderError(
                f"{self.path}: damaged ({error}); `qa remove -c {name}` deletes it, "
                f"`qa index -c {name} FOLDER` makes it anew"
            ) from error


def _file_at(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
