"""The catalogue of a collection: a SQLite database that holds its documents, their passages and their vectors.

It is the truth. What FAISS and tantivy hold is made from it, and can be made again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import msgspec

from qa.errors import IndexFolderError
from qa.index.manifest import Recipe
from qa.index.stores.embedded import content
from qa.index.stores.names import no_such
from qa.index.stores.protocol import Entry, Prepared
from qa.system.files import why_not_written

FORMAT = 1
_BATCH = 500  # rows that are read at a time, and values in one statement
# Of a document what is listed, what is searched and what is read lie apart, so that each is read without the others.
# Passages are numbered through the collection: a document's are [first, first + passages), and no number is used twice.
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE, document_sha256 TEXT NOT NULL,
    file_sha256 TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, language TEXT NOT NULL,
    characters INTEGER NOT NULL, passages INTEGER NOT NULL, indexed TEXT NOT NULL, first INTEGER NOT NULL);
CREATE UNIQUE INDEX numbers ON documents (first, passages);
CREATE TABLE texts (
    id INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE, about BLOB NOT NULL, text BLOB NOT NULL);
CREATE TABLE places (id INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE, places BLOB NOT NULL);
CREATE TABLE vectors (id INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE, halves BLOB NOT NULL);
CREATE TABLE unwritten_words (id INTEGER PRIMARY KEY);
"""
_ENTRY = ", ".join(Entry.__slots__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document is in the numbering of passages."""

    id: int
    source: str
    language: str
    first: int
    passages: int

    @property
    def numbers(self) -> range:
        return range(self.first, self.first + self.passages)


_PLACE = ", ".join(Place.__slots__)


class Catalogue:
    """The database of one collection, open.

    Raises:
        IndexFolderError: from every method, where the database cannot be read or written.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        self.path = path
        with self._explained():
            self._connection = sqlite3.connect(path, timeout=seconds, isolation_level=None, check_same_thread=False)
            self._run("PRAGMA foreign_keys = ON")
            # A commit is on the disk before it is reported.
            self._run("PRAGMA synchronous = FULL")

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def exists(self) -> bool:
        """Tell whether the collection has been made."""
        return bool(self._run("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchall())

    def make(self, recipe: Recipe) -> None:
        """Make the collection unless it has been made."""
        if not self.exists():
            # Readers then go on while somebody writes.
            self._run("PRAGMA journal_mode = WAL")
            kept = {"format": FORMAT, "recipe": msgspec.json.encode(recipe), "state": 0, "next": 0}
            with self.writing():
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    self._run(statement)
                for name, value in kept.items():
                    self.set(name, value)

    def recipe(self) -> Recipe:
        """Read with what the collection was made."""
        if not self.exists():
            raise no_such(self.path.parent.name)
        if (version := self.get("format")) != FORMAT:
            raise IndexFolderError(f"{self.path.parent}: a collection of another version of this program ({version})")
        return msgspec.json.decode(self.get("recipe"), type=Recipe)

    def get(self, name: str) -> Any:
        """Return one value that the collection keeps about itself, None where there is none."""
        row = self._run("SELECT value FROM meta WHERE name = ?", [name]).fetchone()
        return row and row[0]

    def set(self, name: str, value: Any) -> None:
        """Keep one value."""
        self._run("INSERT OR REPLACE INTO meta VALUES (?, ?)", [name, value])

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the collection for several statements."""
        self._run("BEGIN")
        try:
            yield
        finally:
            self._run("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write all or nothing, and count it as a new state of the collection."""
        self._run("BEGIN IMMEDIATE")
        try:
            yield
            self._run("UPDATE meta SET value = value + 1 WHERE name = 'state'")
            self._run("COMMIT")
        except BaseException:
            # A full disk has already rolled back.
            if self._connection.in_transaction:
                self._run("ROLLBACK")
            raise

    def put(self, prepared: Prepared) -> None:
        """Put one document in the place of the one of the same source."""
        document, count = prepared.document, len(prepared.passages)
        self.remove([document.source])
        first = self.get("next")
        self.set("next", first + max(count, 1))
        entry = Entry(
            source=document.source,
            document_sha256=document.sha256,
            file_sha256=prepared.file_sha256,
            size=prepared.size,
            mtime_ns=prepared.mtime_ns,
            language=document.language,
            characters=len(document.text),
            passages=count,
            indexed=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )
        values = [getattr(entry, name) for name in Entry.__slots__]
        marks = ", ".join("?" * (len(values) + 1))
        made = self._run(f"INSERT INTO documents ({_ENTRY}, first) VALUES ({marks})", [*values, first]).lastrowid
        self._run("INSERT INTO texts VALUES (?, ?, ?)", [made, *content.packed_text(document)])
        self._run("INSERT INTO places VALUES (?, ?)", [made, content.packed_places(prepared.passages)])
        self._run("INSERT INTO vectors VALUES (?, ?)", [made, content.packed_vectors(prepared.vectors)])
        self._run("INSERT INTO unwritten_words VALUES (?)", [made])

    def remove(self, sources: Sequence[str]) -> None:
        """Remove documents; a source that is not there is passed over."""
        for part, marks in _parts(sources):
            chosen = f"FROM documents WHERE source IN ({marks})"
            self._run(f"INSERT OR IGNORE INTO unwritten_words SELECT id {chosen}", part)
            self._run(f"DELETE {chosen}", part)

    def touch(self, entries: Sequence[Entry]) -> None:
        """Take over size and time of the files."""
        for entry in entries:
            row = [entry.size, entry.mtime_ns, entry.source]
            self._run("UPDATE documents SET size = ?, mtime_ns = ? WHERE source = ?", row)

    def entries(self, sources: Sequence[str] | None) -> Iterator[Entry]:
        """List the documents, or those of ``sources``, in order of source."""
        if sources is None:
            # No cursor stays open while the caller works: it would keep the log of changes from being emptied.
            statement = f"SELECT {_ENTRY} FROM documents WHERE source > ? ORDER BY source LIMIT {_BATCH}"
            after = ""
            while entries := [Entry(*row) for row in self._run(statement, [after]).fetchall()]:
                yield from entries
                after = entries[-1].source
            return
        for part, marks in _parts(sorted(set(sources))):
            statement = f"SELECT {_ENTRY} FROM documents WHERE source IN ({marks}) ORDER BY source"
            yield from (Entry(*row) for row in self._run(statement, part).fetchall())

    def places_of(self, sources: Sequence[str]) -> Iterator[Place]:
        """Give where the documents of ``sources`` are, as far as they are there, in order of source."""
        for part, marks in _parts(sorted(set(sources))):
            statement = f"SELECT {_PLACE} FROM documents WHERE source IN ({marks}) ORDER BY source"
            yield from (Place(*row) for row in self._run(statement, part).fetchall())

    def counts(self) -> tuple[int, int]:
        """Count documents and passages."""
        documents, passages = self._run("SELECT count(*), total(passages) FROM documents").fetchone()
        return documents, int(passages)

    def languages(self) -> list[str]:
        """List the languages of the documents."""
        return [row[0] for row in self._run("SELECT DISTINCT language FROM documents ORDER BY language")]

    def place_of(self, number: int) -> Place | None:
        """Return the document that holds the passage of that number; None where it has been removed."""
        row = self._run(
            f"SELECT {_PLACE} FROM documents WHERE first <= ? ORDER BY first DESC LIMIT 1", [number]
        ).fetchone()
        place = Place(*row) if row else None
        return place if place and number in place.numbers else None

    def text(self, document: int) -> tuple[bytes, bytes]:
        """Return what its file says of a document, by its id, and its text, as they were packed."""
        about, text = self._run("SELECT about, text FROM texts WHERE id = ?", [document]).fetchone()
        return about, text

    def places(self, document: int) -> bytes:
        """Return the places of the passages of a document, as they were packed."""
        places: bytes = self._run("SELECT places FROM places WHERE id = ?", [document]).fetchone()[0]
        return places

    def vectors(self, document: int, start: int = 0, count: int = -1) -> bytes:
        """Return ``count`` bytes of the vectors of a document from ``start``, or all."""
        row = (
            self._run("SELECT halves FROM vectors WHERE id = ?", [document])
            if count < 0
            else self._run("SELECT substr(halves, ?, ?) FROM vectors WHERE id = ?", [start + 1, count, document])
        )
        halves: bytes = row.fetchone()[0]
        return halves

    def vectors_from(self, number: int) -> Iterator[tuple[range, bytes]]:
        """Give the numbers and the vectors of each document from passage ``number`` on, in order of numbers."""
        statement = (
            "SELECT first, passages, halves FROM documents JOIN vectors USING (id) WHERE first >= ? ORDER BY first"
        )
        for first, passages, halves in self._run(statement, [number]):
            yield range(first, first + passages), halves

    def passages_from(self, number: int) -> int:
        """Count the passages from ``number`` on."""
        return int(self._run("SELECT total(passages) FROM documents WHERE first >= ?", [number]).fetchone()[0])

    def unwritten_words(self) -> list[tuple[int, Place | None]]:
        """Return some of the documents whose words are not written yet, or not removed yet."""
        statement = f"SELECT {_PLACE} FROM documents WHERE id = ?"
        ids = [row[0] for row in self._run(f"SELECT id FROM unwritten_words LIMIT {_BATCH}")]
        rows = {id_: self._run(statement, [id_]).fetchone() for id_ in ids}
        return [(id_, Place(*row) if row else None) for id_, row in rows.items()]

    def words_written(self, ids: Iterable[int]) -> None:
        """Note that the words of these documents are written."""
        with self.writing():
            for id_ in ids:
                self._run("DELETE FROM unwritten_words WHERE id = ?", [id_])

    def write_all_words_again(self) -> None:
        """Note that no words are written."""
        with self.writing():
            self._run("INSERT OR IGNORE INTO unwritten_words SELECT id FROM documents")

    def problems(self) -> Iterator[str]:
        """Have SQLite look at its own pages."""
        for (said,) in self._run("PRAGMA quick_check(5)").fetchall():
            if said != "ok":
                yield f"{self.path}: {said}"

    def _run(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        with self._explained():
            return self._connection.execute(statement, values)

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
                f"{self.path}: damaged ({error}); `qa remove -c {name}` deletes it, `qa index -c {name}` makes it anew"
            ) from error


def _parts(values: Sequence[str]) -> Iterator[tuple[Sequence[str], str]]:
    for at in range(0, len(values), _BATCH):
        part = values[at : at + _BATCH]
        yield part, ", ".join("?" * len(part))
