"""The index of one document: saved, opened, searched by meaning and by words. The only module that knows faiss."""

from __future__ import annotations

import errno
import hmac
import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import msgspec

from qa.errors import IndexFolderError
from qa.index.keywords import WordIndex
from qa.system.files import UNFINISHED, sha256_of
from qa.types import Document, Passage, Span

if TYPE_CHECKING:
    from qa.types import Vectors

FORMAT = 5  # also when formats are read differently: the text of a converted file is kept
_MANIFEST, _DOCUMENT, _VECTORS, _PASSAGES, _SENTENCES, _WORDS = (
    "manifest.json",
    "document.json",
    "vectors.faiss",
    "passages.npy",
    "sentences.npy",
    "words",
)
# From here on every vector is not compared with the question, but those of the nearest lists.
_MANY = 50_000
_TRAINED_ON = 64  # vectors a list that k-means sees
_SEARCHED = 0.1  # share of the lists that a question searches
# An index above this is not hashed again as long as its files are the ones that were hashed last.
_LARGE = 100_000_000  # bytes
_CHECKED = "checked.json"


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides what an index holds, apart from the text."""

    embedder: str
    embedder_sha256: str
    language: str
    passage_tokens: int
    overlap_sentences: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an index folder says of itself. ``files`` maps each file's name to its sha256.

    ``seal`` is an HMAC of the rest with the user's key: the hashes prove that the files are the manifest's, the seal
    that the manifest is ours.
    """

    format: int
    source: str
    document_sha256: str
    file_sha256: str
    characters: int
    passages: int
    dimensions: int
    recipe: Recipe
    built: str
    files: dict[str, str]
    seal: str = ""


class Passages(Sequence[Passage]):
    """The passages of an index, made when they are asked for: a large file is mapped, not read."""

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
    _vectors: Any
    _words: WordIndex

    def search(self, question: Vectors, count: int) -> list[tuple[int, float]]:
        """Return (passage number, cosine) of the ``count`` nearest passages, best first.

        ``question`` is a float32 unit vector of shape (dimensions,).
        """
        scores, numbers = self._vectors.search(question.reshape(1, -1), min(count, len(self.passages)))
        return [(int(n), float(s)) for n, s in zip(numbers[0], scores[0], strict=True) if n >= 0]

    def search_words(self, question: str, count: int) -> list[tuple[int, float]]:
        """Return (passage number, score) of the ``count`` passages whose words fit best, best first."""
        return self._words.search(question, count)


def vector_index(vectors: Vectors) -> Any:
    """Make the FAISS index of unit vectors of shape (passages, dimensions), searched by inner product.

    Few are compared one by one. Many are kept in half precision in lists around centres found by k-means, as in Jégou
    et al. (2011) without the product quantiser, so that a question reads a small part of them.
    """
    import faiss

    count, dimensions = vectors.shape
    if count < _MANY:
        flat = faiss.IndexFlatIP(dimensions)
        flat.add(vectors)
        return flat
    lists = int(count**0.5)
    store = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimensions),
        dimensions,
        lists,
        faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT,
    )
    store.cp.max_points_per_centroid = _TRAINED_ON
    store.train(vectors[:: max(1, count // (_TRAINED_ON * lists))])
    store.add(vectors)
    store.nprobe = max(1, int(_SEARCHED * lists))
    return store


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
    import faiss
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
            # Through a file of Python's, whose errors are raised: faiss only prints that it could not close its own.
            with (new / _VECTORS).open("wb") as file:
                faiss.write_index(vector_index(vectors), faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]
            WordIndex(new / _WORDS, manifest.recipe.language).write(p.span.of(document.text) for p in passages)
            done = msgspec.structs.replace(manifest, files={name: sha256_of(new / name) for name in _files(new)})
            done = msgspec.structs.replace(done, seal=_seal(done, key))
            (new / _MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(done)))
            if folder.exists():
                folder.rename(temporary / "old")
            new.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except (OSError, RuntimeError, ValueError) as error:  # the latter two are faiss's and tantivy's
        raise IndexFolderError(
            f"{folder}: the index cannot be written: {_reason(error)}; --index-dir names another folder"
        ) from error
    return done


def _reason(error: Exception) -> str:
    full = os.strerror(errno.ENOSPC)
    if full in str(error):
        return full
    return str(error.strerror if isinstance(error, OSError) else error)


def _files(folder: Path) -> list[str]:
    # A name that starts with a dot is a lock, or what tantivy notes for its writer.
    return sorted(
        p.relative_to(folder).as_posix()
        for p in folder.rglob("*")
        if p.is_file() and not p.name.startswith(".") and p.name not in {_MANIFEST, _CHECKED}
    )


def _seal(manifest: Manifest, key: bytes) -> str:
    return hmac.new(key, msgspec.json.encode(msgspec.structs.replace(manifest, seal="")), "sha256").hexdigest()


def keeps_text(manifest: Manifest) -> bool:
    """Tell whether the document is kept with its index."""
    return _DOCUMENT in manifest.files


def read_manifest(folder: Path, key: bytes) -> Manifest:
    """Read what an index folder says of itself.

    Raises:
        IndexFolderError: not an index of this format, or not one that was made with ``key``.
    """
    try:
        raw = (folder / _MANIFEST).read_bytes()
        # The format is looked at first: the other keys of a newer or older index may differ.
        if msgspec.json.decode(raw)["format"] != FORMAT:
            raise IndexFolderError(f"{folder}: an index of another version")
        manifest = msgspec.json.decode(raw, type=Manifest)
    except OSError as error:
        raise IndexFolderError(f"{folder}: the manifest cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise IndexFolderError(f"{folder}: a damaged or foreign index") from error
    if not hmac.compare_digest(manifest.seal, _seal(manifest, key)):
        raise IndexFolderError(f"{folder}: was made by another user or on another machine, or was changed")
    return manifest


def open_folder(folder: Path, manifest: Manifest, document: Document | None = None) -> Index:
    """Open the index of ``document``, or of the one that was kept with it.

    Every file is checked against its sha256 before it is used.

    Raises:
        IndexFolderError: a file is missing or is not the one that was written.
    """
    import faiss
    import numpy as np

    _check(folder, manifest)
    try:
        first, sentences = (np.load(folder / n, mmap_mode="r", allow_pickle=False) for n in (_PASSAGES, _SENTENCES))
        vectors = faiss.read_index(str(folder / _VECTORS), faiss.IO_FLAG_MMAP)
        document = document or msgspec.json.decode((folder / _DOCUMENT).read_bytes(), type=Document)
    except (OSError, ValueError, RuntimeError) as error:
        raise IndexFolderError(f"{folder}: a damaged or foreign index") from error
    if not _fit(first, sentences, len(document.text)):
        raise IndexFolderError(f"{folder}: its places are not in the text")
    passages = Passages(first, sentences)
    if not vectors.ntotal == len(passages) == manifest.passages or vectors.d != manifest.dimensions:
        raise IndexFolderError(f"{folder}: its parts do not belong together")
    words = WordIndex(folder / _WORDS, manifest.recipe.language)
    words.open()
    return Index(document, manifest, passages, vectors, words)


def _fit(first: Any, sentences: Any, length: int) -> bool:
    """Tell whether the tables describe passages of at least one sentence each, all within a text of that length."""
    shaped = first.ndim == 1 and sentences.ndim == 2 and sentences.shape[1] == 2  # noqa: PLR2004
    if not shaped or first.dtype.kind != "i" or sentences.dtype.kind != "i" or len(first) == 0:
        return False
    ordered = first[0] == 0 and first[-1] == len(sentences) and bool((first[1:] > first[:-1]).all())
    starts, ends = sentences[:, 0], sentences[:, 1]
    return bool(ordered and (starts >= 0).all() and (starts < ends).all() and (ends <= length).all())


def _check(folder: Path, manifest: Manifest) -> None:
    try:
        # Another process may be putting the index away while it is looked at.
        if different := {*manifest.files} ^ {*_files(folder)}:
            raise IndexFolderError(f"{folder}: {min(different)} is missing or foreign")
        now = {name: _identity(folder / name) for name in manifest.files}
        if sum(size for size, *_ in now.values()) > _LARGE and _checked(folder) == now:
            return
        for name, expected in manifest.files.items():
            if sha256_of(folder / name) != expected:
                raise IndexFolderError(f"{folder}: {name} is damaged")
    except OSError as error:
        raise IndexFolderError(f"{folder}: {error.filename} cannot be read: {error.strerror}") from error
    if sum(size for size, *_ in now.values()) > _LARGE:
        with suppress(OSError):  # where the folder is read-only, the files are hashed each time
            (folder / _CHECKED).write_bytes(msgspec.json.encode(now))


def _identity(path: Path) -> tuple[int, int, int, int]:
    # A file that is written to, replaced or brought from elsewhere has another change time or another number.
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _checked(folder: Path) -> dict[str, tuple[int, int, int, int]] | None:
    try:
        return msgspec.json.decode((folder / _CHECKED).read_bytes(), type=dict[str, tuple[int, int, int, int]])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
