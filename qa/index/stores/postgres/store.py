"""A collection in a PostgreSQL database, and the list of those in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

from qa.errors import IndexFolderError
from qa.index.keywords import stems_asked
from qa.index.manifest import Recipe
from qa.index.stores.names import no_such, not_in
from qa.index.stores.postgres import queries, schema, writes
from qa.index.stores.postgres.connect import REMOVED, Database
from qa.index.stores.postgres.rows import DOCUMENT, ENTRY, document_of, hit_of, rows_of
from qa.index.stores.protocol import Entry, Listed, Prepared, Store
from qa.types import Document, Hit

if TYPE_CHECKING:
    from psycopg import Cursor

    from qa.index.stores.postgres.connect import Row
    from qa.types import Vectors

# From here on a graph of neighbours (HNSW) is searched; fewer vectors are all compared, which is quick and exact. The
# graph can be made of vectors up to so many dimensions.
_MANY, _MOST_DIMENSIONS = 50_000, 4_000
_WHOLE = "passages"
_ENTRIES, _DOCUMENTS = 1000, 50  # that are read at a time


class PostgresStore(Store):
    """One collection in a database."""

    def __init__(self, database: Database, name: str, made: schema.Made) -> None:
        self._database, self._name, self._made = database, name, made
        self._languages: list[str] = []

    @classmethod
    def open(cls, address: str, name: str, write: Recipe | None, seconds: float) -> PostgresStore:
        """Open a collection, made if there is none and it is to be written.

        A writer waits for another at most ``seconds``.

        Raises:
            UsageError: not an address of a database, or psycopg is not installed.
            IndexFolderError: there is no such collection, or the database cannot be used.
        """
        database = Database(address, schema.schema_of(name), seconds)
        try:
            return cls(database, name, schema.open_or_make(database, name, write))
        except BaseException:
            database.close()
            raise

    @property
    def recipe(self) -> Recipe:
        return self._made.recipe

    def put(self, documents: Sequence[Prepared]) -> None:
        if not documents:
            return
        dimensions = self._dimensions(documents[0].vectors.shape[1])
        # Made before the collection is closed to other writers.
        made = [rows_of(d, dimensions) for d in {d.document.source: d for d in documents}.values()]
        with self._writing() as cursor:
            writes.replace(cursor, made)
        self._index_vectors()

    def touch(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        with self._writing() as cursor:
            writes.touch(cursor, entries)

    def remove(self, sources: Sequence[str]) -> None:
        if not sources:
            return
        with self._writing() as cursor:
            writes.remove(cursor, sources)

    def entries(self, sources: Sequence[str] | None = None) -> Iterator[Entry]:
        def read(after: str, some: Sequence[str] | None) -> list[Row]:
            only = "" if some is None else "AND source = ANY(%(some)s::text[])"
            return self._database.read(
                f"SELECT {ENTRY} FROM documents WHERE source > %(after)s {only} ORDER BY source LIMIT {_ENTRIES}",
                {"after": after, "some": some},
            )

        for page in _pages(read, sources, _ENTRIES):
            yield from (Entry(*row) for row in page)

    def __len__(self) -> int:
        ((count,),) = self._database.read("SELECT count(*) FROM documents")
        return int(count)

    def languages(self) -> Sequence[str]:
        ((languages,),) = self._database.read("SELECT languages FROM collection")
        return list(languages)

    def search(self, vector: Vectors, words: str, count: int, among: Sequence[str] | None = None) -> list[Hit]:
        known: dict[str, Document] = {}
        return [hit_of(row, known) for row in self._ask(queries.search, vector, words, count, among)]

    def best_of_each(
        self, vector: Vectors, words: str, per_document: int, among: Sequence[str] | None = None
    ) -> Iterator[list[Hit]]:
        def read(after: str, some: Sequence[str] | None) -> list[Row]:
            page = {"after": after, "documents": _DOCUMENTS}
            return self._ask(queries.best_of_each, vector, words, per_document, some, **page)

        for page in _pages(read, among, _DOCUMENTS):
            for _, rows in groupby(page, key=lambda row: row[0]):
                known: dict[str, Document] = {}
                yield [hit_of(row, known) for row in rows if row[-1] is not None]

    def passages(self, source: str) -> list[Hit]:
        # The number of the document is looked up first: so only the server that has its passages is asked.
        rows = self._database.read(
            "SELECT source, document_sha256, language, about, "
            "CASE WHEN row_number() OVER (ORDER BY number) = 1 THEN text END, sentences, 0.0::float8, 0.0::float8 "
            "FROM documents LEFT JOIN passages "
            "ON document = (SELECT id FROM documents WHERE source = %(source)s) "
            "WHERE source = %(source)s ORDER BY number",
            {"source": source},
        )
        if not rows:
            raise IndexFolderError(not_in(self._name, source))
        known: dict[str, Document] = {}
        return [hit_of(row, known) for row in rows if row[5] is not None]

    def document(self, source: str) -> Document:
        rows = self._database.read(f"SELECT {DOCUMENT} FROM documents WHERE source = %(source)s", {"source": source})
        if not rows:
            raise IndexFolderError(not_in(self._name, source))
        return document_of(rows[0])

    def problems(self) -> Iterator[str]:
        for query, problem in schema.CHECKS.items():
            yield from (problem.format(*row) for row in self._database.read(query))

    def listed(self) -> Listed:
        """Return what the list of collections says of this one."""
        ((documents, passages, size),) = self._database.read(
            "SELECT (SELECT count(*) FROM documents), passages, (SELECT sum(pg_total_relation_size(oid))::bigint "
            "FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace(%(schema)s)) FROM collection",
            {"schema": f'"{schema.schema_of(self._name)}"'},
        )
        return Listed(self._name, self.recipe, documents, passages, size)

    def close(self) -> None:
        self._database.close()

    @cached_property
    def _parts(self) -> list[str]:
        """The tables that the passages are in: several where an administrator has spread them over servers."""
        rows = self._database.read(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'passages'::regclass ORDER BY 1"
        )
        return [str(part) for (part,) in rows] or [_WHOLE]

    def _ask(
        self,
        write: Callable[..., str],
        vector: Vectors,
        words: str,
        count: int,
        among: Sequence[str] | None,
        **page: Any,
    ) -> list[Row]:
        """Return the rows of a statement of ``queries``, without what they say of the collection."""
        while True:
            stems = stems_asked(words, self._languages)
            known = {**queries.parameters(vector, stems, count), "among": among and list(among), **page}
            rows = self._database.read(write(self._parts, stems, among=among is not None), known)
            number, languages, *_ = rows[0]
            self._check_made(number)
            if languages == self._languages:
                return [row[2:] for row in rows if row[2] is not None]
            self._languages = languages  # documents in another language have come

    def _check_made(self, number: int) -> None:
        if number != self._made.number:
            raise IndexFolderError(f"{self._database.shown}: {REMOVED}")

    def _dimensions(self, first: int) -> int:
        """Return the dimensions of the collection's vectors; the first vector decides."""
        query = "SELECT dimensions, tableoid FROM collection"
        ((known, number),) = self._database.read(query)
        self._check_made(number)
        if known is None:
            # By itself: the table is closed to readers as long as its column is changed.
            with self._writing() as cursor:
                ((known, _),) = cursor.execute(query).fetchall()
                if known is None:
                    cursor.execute(f"ALTER TABLE passages ALTER vector TYPE halfvec({first})".encode())
                    cursor.execute("UPDATE collection SET dimensions = %s", [first])
        return known or first

    @contextmanager
    def _writing(self) -> Iterator[Cursor]:
        with self._database.transaction() as cursor:
            # One writer at a time: so no two wait for each other, and all counts are right.
            ((number,),) = cursor.execute("SELECT tableoid FROM collection FOR UPDATE").fetchall()
            self._check_made(number)
            yield cursor

    def _index_vectors(self) -> None:
        if self._parts != [_WHOLE]:
            return  # made on each server by its administrator
        ((due,),) = self._database.read(
            "SELECT c.passages >= %(many)s AND dimensions <= %(most)s AND to_regclass('passages_vector') IS NULL "
            "AND pg_has_role(relowner, 'USAGE') FROM collection c, pg_class WHERE oid = 'passages'::regclass",
            {"many": _MANY, "most": _MOST_DIMENSIONS},
        )
        if due:
            with self._writing() as cursor:
                cursor.execute(
                    "CREATE INDEX IF NOT EXISTS passages_vector ON passages USING hnsw (vector halfvec_ip_ops)"
                )


def collections(address: str, seconds: float) -> Iterator[Listed | IndexFolderError]:
    """List the collections of a database by name; one that cannot be used comes as its error.

    Raises:
        UsageError: not an address of a database, or psycopg is not installed.
        IndexFolderError: the database cannot be reached.
    """
    database = Database(address)
    try:
        names = schema.names(database)
    finally:
        database.close()
    for name in names:
        try:
            with PostgresStore.open(address, name, None, seconds) as store:
                listed: Listed | IndexFolderError = store.listed()
        except IndexFolderError as error:
            listed = error
        yield listed


def drop(address: str, name: str, seconds: float) -> None:
    """Delete a collection.

    Raises:
        UsageError: not an address of a database, or psycopg is not installed.
        IndexFolderError: there is no such collection, or it cannot be deleted.
    """
    database = Database(address, seconds=seconds)
    try:
        if name not in schema.names(database):
            raise no_such(name)
        with database.transaction() as cursor:
            cursor.execute(f'DROP SCHEMA "{schema.schema_of(name)}" CASCADE'.encode())
    finally:
        database.close()


def _pages(
    read: Callable[[str, Sequence[str] | None], list[Row]], sources: Sequence[str] | None, size: int
) -> Iterator[list[Row]]:
    """Read rows that begin with their source, in its order: all, or those of ``sources``.

    ``read`` returns the next ``size`` after a source, or of some sources. Nothing stays open between two pages.
    """
    if sources is not None:
        ordered = sorted({*sources})
        for start in range(0, len(ordered), size):
            yield read("", ordered[start : start + size])
        return
    page = read("", None)
    while page:
        yield page
        page = read(page[-1][0], None)
