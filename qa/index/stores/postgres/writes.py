"""What changes the tables, within the transaction of the one writer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.index.stores.postgres.rows import Rows
from qa.index.stores.protocol import Entry

if TYPE_CHECKING:
    from psycopg import Cursor


def replace(cursor: Cursor, made: Sequence[Rows]) -> None:
    """Put documents, each in the place of the one of its source."""
    removed, passages = _take_out(cursor, [rows.document[0] for rows in made])
    stems: Counter[str] = Counter()
    for rows in made:
        stems.update(rows.stems)
        passages += len(rows.passages)
    stems.subtract(removed)
    numbers = cursor.execute(
        "SELECT nextval(pg_get_serial_sequence('documents', 'id')) FROM generate_series(1, %s)", [len(made)]
    ).fetchall()
    with cursor.copy(
        "COPY documents (id, source, document_sha256, file_sha256, size, mtime_ns, language, characters, passages, "
        "about, text) FROM STDIN"
    ) as copy:
        for (number,), rows in zip(numbers, made, strict=True):
            copy.write_row((number, *rows.document))
    with cursor.copy("COPY passages (document, number, sentences, stems, vector) FROM STDIN") as copy:
        for (number,), rows in zip(numbers, made, strict=True):
            for passage in rows.passages:
                copy.write_row((number, *passage))
    _count(cursor, stems, passages)
    cursor.execute(
        "UPDATE collection SET languages = ARRAY(SELECT DISTINCT unnest(languages || %s::text[]) ORDER BY 1)",
        [[rows.language for rows in made]],
    )


def remove(cursor: Cursor, sources: Sequence[str]) -> None:
    """Remove the documents of these sources that there are."""
    removed, passages = _take_out(cursor, sources)
    stems: Counter[str] = Counter()
    stems.subtract(removed)
    _count(cursor, stems, passages)


def touch(cursor: Cursor, entries: Sequence[Entry]) -> None:
    """Note the size and time of the files of these documents."""
    cursor.execute(
        "UPDATE documents d SET size = n.size, mtime_ns = n.mtime_ns "
        "FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS n (source, size, mtime_ns) WHERE d.source = n.source",
        [[e.source for e in entries], [e.size for e in entries], [e.mtime_ns for e in entries]],
    )


def _take_out(cursor: Cursor, sources: Sequence[str]) -> tuple[dict[str, int], int]:
    """Delete documents; return in how many of their passages each stem was, and how many fewer passages there are."""
    ids = [i for (i,) in cursor.execute("SELECT id FROM documents WHERE source = ANY(%s)", [list(sources)])]
    if not ids:
        return {}, 0
    stems = cursor.execute(
        "SELECT lexeme, count(*) FROM passages, unnest(stems) WHERE document = ANY(%s) GROUP BY lexeme", [ids]
    ).fetchall()
    cursor.execute("DELETE FROM passages WHERE document = ANY(%s)", [ids])
    passages = -cursor.rowcount
    cursor.execute("DELETE FROM documents WHERE id = ANY(%s)", [ids])
    return dict(stems), passages


def _count(cursor: Cursor, stems: Counter[str], passages: int) -> None:
    """Add to the counts of the collection, or take from them."""
    changed = {stem: change for stem, change in stems.items() if change}
    cursor.execute(
        "UPDATE collection SET passages = passages + %s, stems = stems + %s", [passages, sum(changed.values())]
    )
    cursor.execute(
        "INSERT INTO stems SELECT * FROM unnest(%s::text[], %s::bigint[]) "
        "ON CONFLICT (stem) DO UPDATE SET passages = stems.passages + excluded.passages",
        [list(changed), list(changed.values())],
    )
    cursor.execute(
        "DELETE FROM stems WHERE passages = 0 AND stem = ANY(%s)", [[s for s, change in changed.items() if change < 0]]
    )
