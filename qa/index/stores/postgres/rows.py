"""Documents to rows and back."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from qa.errors import IndexFolderError
from qa.index.keywords import stems
from qa.index.stores.protocol import Entry, Prepared
from qa.types import Document, Hit, Passage, Span

if TYPE_CHECKING:
    from qa.types import Vectors

ENTRY = ", ".join(Entry.__slots__).replace(
    "indexed", """to_char(indexed AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')"""
)
DOCUMENT = "source, document_sha256, language, about, text"
_WAY_OUT = "remove it, then index it again"
_ABOUT = ("title", "author", "date", "address", "pages", "unread")
_MOST_OF_A_STEM = 255  # places that a tsvector holds of one stem


@dataclass(frozen=True, slots=True)
class Rows:
    """What one document takes in the tables.

    ``document`` is the row from ``source`` on, without ``indexed``; each of ``passages`` is from ``number`` on;
    ``stems`` counts in how many of the passages each stem is.
    """

    document: tuple[Any, ...]
    language: str
    passages: tuple[tuple[Any, ...], ...]
    stems: Counter[str]


def rows_of(prepared: Prepared, dimensions: int) -> Rows:
    """Make the rows of a document.

    Raises:
        ValueError: its vectors are not one of ``dimensions`` for each passage.
    """
    document, passages = prepared.document, prepared.passages
    if prepared.vectors.shape != (len(passages), dimensions):
        raise ValueError(f"{document.source}: vectors of {prepared.vectors.shape}, not {(len(passages), dimensions)}")
    counted = [Counter(words) for words in stems((p.span.of(document.text) for p in passages), document.language)]
    return Rows(
        (
            document.source,
            document.sha256,
            prepared.file_sha256,
            prepared.size,
            prepared.mtime_ns,
            document.language,
            len(document.text),
            len(passages),
            msgspec.json.encode({name: getattr(document, name) for name in _ABOUT}).decode(),
            document.text.encode(),
        ),
        document.language,
        tuple(
            (
                number,
                list(chain.from_iterable((s.start, s.end) for s in passage.sentences)),
                " ".join(f"{stem}:{_places(times)}" for stem, times in counts.items()),
                written(vector),
            )
            for number, (passage, counts, vector) in enumerate(zip(passages, counted, prepared.vectors, strict=True))
        ),
        Counter(chain.from_iterable(counted)),
    )


def _places(times: int) -> str:
    return ",".join(map(str, range(1, min(times, _MOST_OF_A_STEM) + 1)))


def written(vector: Vectors) -> str:
    """Write a vector as pgvector reads it, which is as JSON."""
    return msgspec.json.encode(vector.tolist()).decode()


def document_of(row: Sequence[Any]) -> Document:
    """Make the document of a row of ``DOCUMENT``.

    Raises:
        IndexFolderError: the text is not the one that was put.
    """
    source, sha256, language, about, text = row
    if hashlib.sha256(text).hexdigest() != sha256:
        raise IndexFolderError(f"{source}: its text in the store is not the one that was put; {_WAY_OUT}")
    known: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in about.items()}
    return Document(source, text.decode(), sha256, language=language, **known)


def hit_of(row: Sequence[Any], known: dict[str, Document]) -> Hit:
    """Make the hit of a row of ``DOCUMENT``, the sentences, the cosine and the score.

    The text of a document comes with the first of its rows; ``known`` keeps the document for the others.

    Raises:
        IndexFolderError: the text is not the one that was put, or the passage is no place in it.
    """
    *columns, sentences, similarity, score = row
    if columns[-1] is not None:
        known[columns[0]] = document_of(columns)
    document = known[columns[0]]
    wrong = IndexFolderError(f"{document.source}: its passages in the store are no places in its text; {_WAY_OUT}")
    try:
        spans = tuple(Span(*ends) for ends in zip(sentences[::2], sentences[1::2], strict=True))
        passage = Passage(Span(spans[0].start, spans[-1].end), spans)
    except (ValueError, IndexError):
        raise wrong from None
    if passage.span.end > len(document.text):
        raise wrong
    return Hit(document, passage, similarity, score)
