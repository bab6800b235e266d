"""The index of one document: built, saved, opened, searched. The only module that knows faiss."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from qa.errors import IndexFolderError
from qa.types import Document, Passage

if TYPE_CHECKING:
    from qa.types import Vectors

FORMAT = 1
_MANIFEST, _VECTORS, _PASSAGES, _TEXT = "manifest.json", "vectors.faiss", "passages.json", "text.txt"
_UNFINISHED = ".unfinished-"


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides what an index holds, apart from the text."""

    embedder: str
    embedder_sha256: str
    language: str
    passage_tokens: int
    overlap_sentences: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an index folder says of itself. ``files`` maps each file's name to its sha256."""

    format: int
    source: str
    document_sha256: str
    characters: int
    passages: int
    dimensions: int
    recipe: Recipe
    built: str
    files: dict[str, str]


@dataclass(frozen=True)
class Index:
    """An open index: the document, its passages and their vectors."""

    document: Document
    passages: Sequence[Passage]
    _vectors: Any

    def search(self, question: Vectors, count: int) -> list[tuple[int, float]]:
        """Return (passage number, cosine) of the ``count`` nearest passages, best first.

        ``question`` is a float32 unit vector of shape (dimensions,).
        """
        scores, numbers = self._vectors.search(question.reshape(1, -1), min(count, len(self.passages)))
        return [(int(n), float(s)) for n, s in zip(numbers[0], scores[0], strict=True) if n >= 0]

    def vectors(self) -> Vectors:
        """Return the passages' vectors, float32 of shape (passages, dimensions)."""
        vectors: Vectors = self._vectors.reconstruct_n(0, self._vectors.ntotal)
        return vectors


def build(document: Document, passages: Sequence[Passage], vectors: Vectors) -> Index:
    """Index unit vectors of shape (len(passages), dimensions) for search by inner product."""
    import faiss

    store = faiss.IndexFlatIP(vectors.shape[1])
    store.add(vectors)
    return Index(document, passages, store)


def save(index: Index, folder: Path, manifest: Manifest) -> Manifest:
    """Write ``index`` to a temporary folder, then put it in the place of ``folder``.

    Raises:
        IndexFolderError: the folder cannot be written.
    """
    import faiss

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for left in folder.parent.glob(f"{_UNFINISHED}{folder.name}-*"):
            shutil.rmtree(left, ignore_errors=True)
        temporary = Path(tempfile.mkdtemp(prefix=f"{_UNFINISHED}{folder.name}-", dir=folder.parent))
        try:
            new = temporary / "new"
            new.mkdir()
            contents = {
                _VECTORS: faiss.serialize_index(index._vectors).tobytes(),
                _PASSAGES: msgspec.json.encode(index.passages),
                _TEXT: index.document.text.encode(),
            }
            for name, content in contents.items():
                (new / name).write_bytes(content)
            done = msgspec.structs.replace(
                manifest, files={n: hashlib.sha256(c).hexdigest() for n, c in contents.items()}
            )
            (new / _MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(done)))
            if folder.exists():
                folder.rename(temporary / "old")
            new.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise IndexFolderError(
            f"{folder}: the index cannot be written: {error.strerror}; --index-dir names another folder"
        ) from error
    return done


def read_manifest(folder: Path) -> Manifest:
    """Read what an index folder says of itself.

    Raises:
        IndexFolderError: not an index of this format.
    """
    try:
        raw = (folder / _MANIFEST).read_bytes()
        # The format is looked at first: the other keys of a newer or older index may differ.
        if msgspec.json.decode(raw)["format"] != FORMAT:
            raise IndexFolderError(f"{folder}: an index of another version")
        return msgspec.json.decode(raw, type=Manifest)
    except OSError as error:
        raise IndexFolderError(f"{folder}: the manifest cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise IndexFolderError(f"{folder}: a damaged or foreign index") from error


def open_folder(folder: Path, manifest: Manifest, source: str) -> Index:
    """Open an index; every file is checked against its sha256 before it is used.

    Raises:
        IndexFolderError: a file is missing or is not the one that was written.
    """
    import faiss
    import numpy as np

    contents = {}
    for name in (_VECTORS, _PASSAGES, _TEXT):
        try:
            contents[name] = (folder / name).read_bytes()
        except OSError as error:
            raise IndexFolderError(f"{folder}: {name} cannot be read: {error.strerror}") from error
        if hashlib.sha256(contents[name]).hexdigest() != manifest.files.get(name):
            raise IndexFolderError(f"{folder}: {name} is damaged")
    try:
        passages = msgspec.json.decode(contents[_PASSAGES], type=list[Passage])
        vectors = faiss.deserialize_index(np.frombuffer(contents[_VECTORS], dtype=np.uint8))
    except (msgspec.DecodeError, RuntimeError) as error:
        raise IndexFolderError(f"{folder}: a damaged or foreign index") from error
    document = Document(source, contents[_TEXT].decode(), manifest.document_sha256)
    if not vectors.ntotal == len(passages) == manifest.passages or vectors.d != manifest.dimensions:
        raise IndexFolderError(f"{folder}: its parts do not belong together")
    return Index(document, passages, vectors)
