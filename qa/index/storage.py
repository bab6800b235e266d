"""The index of one document as files: written whole to a folder of its own, checked and opened."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import msgspec

from qa.errors import IndexFolderError
from qa.index.keywords import WordIndex
from qa.index.manifest import MANIFEST, Manifest, check_files, files_of, seal_of
from qa.index.vectors import VectorIndex
from qa.system.files import UNFINISHED, sha256_of, why_not_written
from qa.types import Document, Passage, Span

if TYPE_CHECKING:
    from qa.types import Vectors

_DOCUMENT, _VECTORS, _PASSAGES, _SENTENCES, _WORDS = (
    "document.json",
    "vectors.faiss",
    "passages.npy",
    "sentences.npy",
    "words",
)


class Passages(Sequence[Passage]):
    """The passages of an index, read when they are used: a large file is mapped, not read."""

    def __init__(self, first: Any, sentences: Any) -> None:
        # ``first`` holds, for each passage and the end, the number of its first sentence; ``sentences`` their spans.
        self._first, self._sentences = first, sentences

    def __len__(self) -> int:
        return len(self._first) - 1

    @overload
    def __getitem__(self, number: int) -> Passage: ...
    @overload
    def __getitem__(self, number: slice) -> list[Passage]: ...
    def __getitem__(self, number: int | slice) -> Passage | list[Passage]:
        if isinstance(number, slice):
            return [self[n] for n in range(*number.indices(len(self)))]
        if not 0 <= number < len(self):
            raise IndexError(number)
        inside = tuple(Span(int(s), int(e)) for s, e in self._sentences[self._first[number] : self._first[number + 1]])
        return Passage(Span(inside[0].start, inside[-1].end), inside)


@dataclass(frozen=True)
class Index:
    """An open index: the document, its passages, and both ways to search them."""

    document: Document
    manifest: Manifest
    passages: Sequence[Passage]
    vectors: VectorIndex
    keywords: WordIndex


def save(
    document: Document,
    passages: Sequence[Passage],
    vectors: Vectors,
    folder: Path,
    manifest: Manifest,
    *,
    key: bytes,
    with_text: bool = False,
) -> Manifest:
    """Write an index to a temporary folder, then put it in the place of ``folder``.

    ``with_text`` keeps the document too, for a format that takes time to read.

    Raises:
        IndexFolderError: the folder cannot be written.
    """
    import numpy as np

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f"{UNFINISHED}{folder.name}-", dir=folder.parent))
        try:
            new = temporary / "new"
            new.mkdir(mode=0o700)
            (new / _WORDS).mkdir()
            if with_text:
                (new / _DOCUMENT).write_bytes(msgspec.json.encode(document))
            first = np.cumsum([0, *(len(p.sentences) for p in passages)], dtype=np.int64)
            np.save(new / _PASSAGES, first)
            np.save(new / _SENTENCES, np.array([(s.start, s.end) for p in passages for s in p.sentences], np.int64))
            VectorIndex.build(vectors).write(new / _VECTORS)
            WordIndex(new / _WORDS, manifest.language).write(p.span.of(document.text) for p in passages)
            done = msgspec.structs.replace(manifest, files={name: sha256_of(new / name) for name in files_of(new)})
            done = msgspec.structs.replace(done, seal=seal_of(done, key))
            (new / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(done)))
            if folder.exists():
                folder.rename(temporary / "old")
            new.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except (OSError, RuntimeError, ValueError) as error:  # the latter two are faiss's and tantivy's
        raise IndexFolderError(
            f"{folder}: the index cannot be written: {why_not_written(error, folder)}; --index-dir names another folder"
        ) from error
    return done


def keeps_text(manifest: Manifest) -> bool:
    """Tell whether the document is kept with its index."""
    return _DOCUMENT in manifest.files


def open_folder(folder: Path, manifest: Manifest, document: Document | None = None) -> Index:
    """Open the index of ``document``, or of the one that was kept with it.

    Every file is checked against its sha256 before it is used.

    Raises:
        IndexFolderError: a file is missing or is not the one that was written.
    """
    import numpy as np

    check_files(folder, manifest)
    try:
        first, sentences = (np.load(folder / n, mmap_mode="r", allow_pickle=False) for n in (_PASSAGES, _SENTENCES))
        vectors = VectorIndex.open(folder / _VECTORS)
        document = document or msgspec.json.decode((folder / _DOCUMENT).read_bytes(), type=Document)
    except (OSError, ValueError, RuntimeError) as error:
        raise IndexFolderError(f"{folder}: a damaged or foreign index") from error
    if not fit(first, sentences, len(document.text)):
        raise IndexFolderError(f"{folder}: its places are not in the text")
    passages = Passages(first, sentences)
    if not len(vectors) == len(passages) == manifest.passages or vectors.dimensions != manifest.dimensions:
        raise IndexFolderError(f"{folder}: its parts do not belong together")
    words = WordIndex(folder / _WORDS, manifest.language)
    words.open()
    return Index(document, manifest, passages, vectors, words)


def fit(first: Any, sentences: Any, length: int) -> bool:
    """Tell whether the tables describe passages of at least one sentence each, all within a text of that length.

    ``first`` holds, for each passage and the end, the number of its first sentence; ``sentences`` their spans.
    """
    shaped = first.ndim == 1 and sentences.ndim == 2 and sentences.shape[1] == 2  # noqa: PLR2004
    if not shaped or first.dtype.kind != "i" or sentences.dtype.kind != "i" or len(first) == 0:
        return False
    ordered = first[0] == 0 and first[-1] == len(sentences) and bool((first[1:] > first[:-1]).all())
    starts, ends = sentences[:, 0], sentences[:, 1]
    return bool(ordered and (starts >= 0).all() and (starts < ends).all() and (ends <= length).all())
