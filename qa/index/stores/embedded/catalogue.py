"""The catalogue of a collection: a SQLite database that holds its documents, their passages and their vectors.

It is the truth. What FAISS and tantivy hold is made from it, and can be made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import msgspec

from qa.errors import IndexFolderError
from qa.index.manifest import Recipe
from qa.index.stores.embedded import content
from qa.index.stores.embedded.database import Database
from qa.index.stores.names import no_such
from qa.index.stores.protocol import Entry, Prepared

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
class Numbered:
    """Where a document is in the numbering of passages."""

    id: int
    source: str
    language: str
    first: int
    passages: int

    @property
    def numbers(self) -> range:
        return range(self.first, self.first + self.passages)


_NUMBERED = ", ".join(Numbered.__slots__)


class Catalogue(Database):
    """The database of one collection, open."""

    def exists(self) -> bool:
        """Tell whether the collection has been made."""
        return any(self.run("SELECT 1 FROM sqlite_master WHERE name = 'meta'"))

    def make(self, recipe: Recipe) -> None:
        """Make the collection unless it has been made."""
        if not self.exists():
            self.run("PRAGMA auto_vacuum = INCREMENTAL")
            # Readers then go on while somebody writes.
            self.run("PRAGMA journal_mode = WAL")
            kept = {"format": FORMAT, "recipe": msgspec.json.encode(recipe), "state": 0, "next": 0}
            with self.writing():
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    self.run(statement)
                for name, value in kept.items():
                    self.set(name, value)

    def recipe(self) -> Recipe:
        """Read with what the collection was made."""
        if not self.exists():
            raise no_such(self.path.parent.name)
        if (version := self.get("format")) != FORMAT:
            raise IndexFolderError(
                f"{self.path.parent}: a collection of another version of this program ({version}); "
                f"`qa remove -c {self.path.parent.name}` deletes it, then index it again"
            )
        return msgspec.json.decode(self.get("recipe"), type=Recipe)

    def get(self, name: str) -> Any:
        """Return one value that the collection keeps about itself, None where there is none."""
        row = self.first("SELECT value FROM meta WHERE name = ?", [name])
        return row and row[0]

    def set(self, name: str, value: Any) -> None:
        """Keep one value."""
        self.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", [name, value])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write all or nothing, and count it as a new state of the collection."""
        with super().writing():
            yield
            self.run("UPDATE meta SET value = value + 1 WHERE name = 'state'")

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
        self.run(f"INSERT INTO documents ({_ENTRY}, first) VALUES ({marks})", [*values, first])
        (made,) = self.first("SELECT last_insert_rowid()")
        self.run("INSERT INTO texts VALUES (?, ?, ?)", [made, *content.packed_text(document)])
        self.run("INSERT INTO places VALUES (?, ?)", [made, content.packed_places(prepared.passages)])
        self.run("INSERT INTO vectors VALUES (?, ?)", [made, content.packed_vectors(prepared.vectors)])
        self.run("INSERT INTO unwritten_words VALUES (?)", [made])

    def remove(self, sources: Sequence[str]) -> None:
        """Remove documents; a source that is not there is passed over."""
        for part, marks in _parts(sources):
            chosen = f"FROM documents WHERE source IN ({marks})"
            self.run(f"INSERT OR IGNORE INTO unwritten_words SELECT id {chosen}", part)
            self.run(f"DELETE {chosen}", part)

    def touch(self, entries: Sequence[Entry]) -> None:
        """Take over size and time of the files."""
        for entry in entries:
            row = [entry.size, entry.mtime_ns, entry.source]
            self.run("UPDATE documents SET size = ?, mtime_ns = ? WHERE source = ?", row)

    def entries(self, sources: Sequence[str] | None) -> Iterator[Entry]:
        """List the documents, or those of ``sources``, in order of source."""
        if sources is not None:
            yield from (Entry(*row) for row in self._named(_ENTRY, sources))
            return
        statement, after = f"SELECT {_ENTRY} FROM documents WHERE source > ? ORDER BY source LIMIT {_BATCH}", ""
        while entries := [Entry(*row) for row in self.run(statement, [after])]:
            yield from entries
            after = entries[-1].source

    def numbered(self, sources: Sequence[str]) -> Iterator[Numbered]:
        """Give where the documents of ``sources`` are, as far as they are there, in order of source."""
        return (Numbered(*row) for row in self._named(_NUMBERED, sources))

    def _named(self, columns: str, sources: Sequence[str]) -> Iterator[Any]:
        # No cursor stays open while the caller works: it would keep the log of changes from being emptied.
        for part, marks in _parts(sorted(set(sources))):
            statement = f"SELECT {columns} FROM documents WHERE source IN ({marks}) ORDER BY source"
            yield from list(self.run(statement, part))

    def counts(self) -> tuple[int, int]:
        """Count documents and passages."""
        documents, passages = self.first("SELECT count(*), total(passages) FROM documents")
        return documents, int(passages)

    def languages(self) -> list[str]:
        """List the languages of the documents."""
        return [language for (language,) in self.run("SELECT DISTINCT language FROM documents ORDER BY language")]

    def at_number(self, number: int) -> Numbered | None:
        """Return the document that holds the passage of that number; None where it has been removed."""
        statement = f"SELECT {_NUMBERED} FROM documents WHERE first <= ? ORDER BY first DESC LIMIT 1"
        row = self.first(statement, [number])
        numbered = Numbered(*row) if row else None
        return numbered if numbered and number in numbered.numbers else None

    def text(self, numbered: Numbered) -> tuple[bytes, bytes]:
        """Return what its file says of a document, and its text, as they were packed."""
        about, text = self._kept("SELECT about, text FROM texts WHERE id = ?", [numbered.id], numbered)
        return about, text

    def places(self, numbered: Numbered) -> bytes:
        """Return the places of the passages of a document, as they were packed."""
        places: bytes
        (places,) = self._kept("SELECT places FROM places WHERE id = ?", [numbered.id], numbered)
        return places

    def vectors(self, numbered: Numbered, start: int = 0, count: int = -1) -> bytes:
        """Return ``count`` bytes of the vectors of a document from ``start``, or all."""
        wanted, which = ("halves", []) if count < 0 else ("substr(halves, ?, ?)", [start + 1, count])
        float16: bytes
        (float16,) = self._kept(f"SELECT {wanted} FROM vectors WHERE id = ?", [*which, numbered.id], numbered)
        return float16

    def vectors_from(self, number: int) -> Iterator[tuple[range, bytes]]:
        """Give the numbers and the vectors of each document from passage ``number`` on, in order of numbers."""
        statement = (
            "SELECT first, passages, halves FROM documents JOIN vectors USING (id) WHERE first >= ? ORDER BY first"
        )
        for first, passages, float16 in self.run(statement, [number]):
            yield range(first, first + passages), float16

    def passages_from(self, number: int) -> int:
        """Count the passages from ``number`` on."""
        return int(self.first("SELECT total(passages) FROM documents WHERE first >= ?", [number])[0])

    def unwritten_words(self) -> list[tuple[int, Numbered | None]]:
        """Return some of the documents whose words are not written yet, or not removed yet."""
        statement = f"SELECT {_NUMBERED} FROM documents WHERE id = ?"
        ids = [id_ for (id_,) in self.run(f"SELECT id FROM unwritten_words LIMIT {_BATCH}")]
        rows = {id_: self.first(statement, [id_]) for id_ in ids}
        return [(id_, Numbered(*row) if row else None) for id_, row in rows.items()]

    def words_written(self, ids: Iterable[int]) -> None:
        """Note that the words of these documents are written."""
        with self.writing():
            for id_ in ids:
                self.run("DELETE FROM unwritten_words WHERE id = ?", [id_])

    def write_all_words_again(self) -> None:
        """Note that no words are written."""
        with self.writing():
            self.run("INSERT OR IGNORE INTO unwritten_words SELECT id FROM documents")

    def _kept(self, statement: str, values: Sequence[Any], numbered: Numbered) -> Any:
        if row := self.first(statement, values):
            return row
        raise IndexFolderError(f"{numbered.source}: what is kept of it is damaged; {content.WAY_OUT}")


def _parts(values: Sequence[str]) -> Iterator[tuple[Sequence[str], str]]:
    for at in range(0, len(values), _BATCH):
        part = values[at : at + _BATCH]
        yield part, ", ".join("?" * len(part))
