"""A document to bytes and back: its text, the places of its passages, its vectors in half precision."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from qa.errors import IndexFolderError
from qa.index.storage import Passages, fit
from qa.types import Document, Passage

if TYPE_CHECKING:
    from qa.types import Vectors

BYTES = 2  # of a number in half precision
WAY_OUT = "remove it, then index it again"


def packed_text(document: Document) -> tuple[bytes, bytes]:
    """Return what the file says of the document, and its text in UTF-8."""
    return msgspec.json.encode(replace(document, text="")), document.text.encode()


def document_of(source: str, about: bytes, text: bytes) -> Document:
    """Make the document of ``source`` again.

    Raises:
        IndexFolderError: the text is not the one that was packed.
    """
    try:
        document = msgspec.json.decode(about, type=Document)
        if hashlib.sha256(text).hexdigest() == document.sha256:
            return replace(document, text=text.decode())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise IndexFolderError(f"{source}: what is kept of it is damaged; {WAY_OUT}") from error
    raise IndexFolderError(f"{source}: its text is not the one that was indexed; {WAY_OUT}")


def packed_places(passages: Sequence[Passage]) -> bytes:
    """Return their count, the number of the first sentence of each and of the end, and the spans of the sentences."""
    import numpy as np

    first = np.cumsum([0, *(len(p.sentences) for p in passages)])
    spans = [(s.start, s.end) for p in passages for s in p.sentences]
    return np.concatenate([[len(passages)], first, np.array(spans, np.int64).ravel()]).astype("<i4").tobytes()


def passages_of(places: bytes, document: Document) -> Sequence[Passage]:
    """Make the passages again.

    Raises:
        IndexFolderError: they are not in the text.
    """
    import numpy as np

    try:
        numbers = np.frombuffer(places, "<i4")
        end = int(numbers[0]) + 2
        first, sentences = numbers[1:end], numbers[end:].reshape(-1, 2)
    except (ValueError, IndexError) as error:
        raise IndexFolderError(f"{document.source}: the places of its passages are damaged; {WAY_OUT}") from error
    if not fit(first, sentences, len(document.text)):
        raise IndexFolderError(f"{document.source}: its places are not in the text; {WAY_OUT}")
    return Passages(first, sentences)


def packed_vectors(vectors: Vectors) -> bytes:
    """Return float32 vectors of shape (passages, dimensions) in half precision, as FAISS stores them too."""
    return vectors.astype("<f2").tobytes()


def vectors_of(float16: bytes, dimensions: int) -> Vectors:
    """Make the float32 vectors again."""
    import numpy as np

    return np.frombuffer(float16, "<f2").reshape(-1, dimensions).astype(np.float32)
