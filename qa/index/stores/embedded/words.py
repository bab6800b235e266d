"""The words of a collection, of all its languages in one index: BM25 on disk, with tantivy."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from qa.errors import IndexFolderError
from qa.index.stores.fusion import Scored
from qa.system.files import why_not_written

# Stems come joined by spaces, so that tantivy need not know the languages.
_STEMS, _NUMBER, _DOCUMENT = "stems", "number", "document"
_HEAP = 64_000_000  # bytes that a writer collects before it writes a segment


class Words:
    """A folder with the stems of passages; what is written there twice is there once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index: Any = None

    def refresh(self) -> None:
        """See what others have written.

        Raises:
            IndexFolderError: the index is damaged.
        """
        import tantivy

        try:
            if self._index is not None:
                self._index.reload()
            elif self.folder.is_dir() and tantivy.Index.exists(str(self.folder)):
                self._index = tantivy.Index.open(str(self.folder))
        except (OSError, ValueError) as error:
            raise IndexFolderError(f"{self.folder}: damaged; the next `qa index -c` makes it again") from error

    def __bool__(self) -> bool:
        """Tell whether there is an index."""
        return self._index is not None

    def search(self, stems: Sequence[str], count: int, among: Sequence[int] | None = None) -> Scored:
        """Return the ``count`` best passages that share a stem, best first; ``among`` are the documents looked in."""
        from tantivy import Occur, Query

        if not self or not stems:
            return []
        schema = self._index.schema
        query = Query.boolean_query([(Occur.Should, Query.term_query(schema, _STEMS, s)) for s in stems])
        if among is not None:
            inside = Query.term_set_query(schema, _DOCUMENT, [str(d) for d in among])
            query = Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(inside, 0.0))])
        searcher = self._index.searcher()
        hits = searcher.search(query, count, count=False).hits
        numbers = searcher.fast_field_values(_NUMBER, [address for _, address in hits])
        return [(int(n), float(score)) for n, (score, _) in zip(numbers, hits, strict=True)]

    def write(self, documents: Iterable[tuple[int, Iterable[tuple[int, list[str]]]]]) -> None:
        """Write documents, each with the number and the stems of its passages; one without passages is removed.

        Raises:
            IndexFolderError: the folder cannot be written.
        """
        try:
            self._write(documents)
        except (OSError, ValueError) as error:
            reason = why_not_written(error, self.folder.parent)
            raise IndexFolderError(f"{self.folder}: cannot be written: {reason}") from error

    def _write(self, documents: Iterable[tuple[int, Iterable[tuple[int, list[str]]]]]) -> None:
        import tantivy

        if not self:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self._index = tantivy.Index(_schema(), path=str(self.folder))
        writer = self._index.writer(heap_size=_HEAP, num_threads=1)
        # A writer that was killed has left files whose names the same write would take again.
        writer.garbage_collect_files()
        for document, passages in documents:
            writer.delete_documents_by_term(_DOCUMENT, str(document))
            for number, stems in passages:
                made = tantivy.Document()
                made.add_text(_STEMS, " ".join(stems))
                made.add_unsigned(_NUMBER, number)
                made.add_text(_DOCUMENT, str(document))
                writer.add_document(made)
        writer.commit()
        writer.wait_merging_threads()

    def count(self) -> int:
        """Count the passages whose words are here."""
        return int(self._index.searcher().num_docs) if self else 0

    def delete(self) -> None:
        """Delete the folder."""
        self._index = None
        shutil.rmtree(self.folder, ignore_errors=True)


def _schema() -> Any:
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    builder.add_text_field(_STEMS, stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field(_NUMBER, fast=True)
    builder.add_text_field(_DOCUMENT, stored=False, tokenizer_name="raw", index_option="basic")
    return builder.build()
