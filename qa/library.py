"""The indexes on this machine: found by source, built when missing, built again when the article has changed."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import msgspec

from qa import index as index_files
from qa import loader
from qa.errors import IndexFolderError, SourceError
from qa.formats import AS_THEY_ARE
from qa.index import Index, Manifest, Recipe
from qa.language import AUTO, KNOWN, language_of
from qa.settings import Settings
from qa.splitter import split
from qa.types import Document, Embedder

log = logging.getLogger(__name__)
# Called with what is going on, how much is done and how much there is, which is 0 where that is not known.
Progress = Callable[[str, int, int], None]


class Library:
    """Indexes of documents in one folder, made with one embedder."""

    def __init__(self, settings: Settings, embedder: Embedder) -> None:
        self._settings = settings
        self._embedder = embedder

    def open(
        self, source: str, *, known: Index | None = None, progress: Progress | None = None, again: bool = False
    ) -> tuple[Index, bool]:
        """Open the index of ``source``, built first if there is none that fits; tell whether it was built.

        ``known`` is what an earlier call gave; it is given back as long as the article has not changed.

        Raises:
            SourceError: the document cannot be read.
            IndexFolderError: the index cannot be written.
        """
        if source == loader.STDIN:
            return (known, False) if known else (self._open_piped(progress), True)
        folder = folder_of(self._settings.index_dir, source)
        recipe = self._recipe()
        raw = loader.read(source, max_bytes=self._settings.max_bytes)
        file_sha256 = hashlib.sha256(raw).hexdigest()
        if known and known.manifest.file_sha256 == file_sha256:
            return known, False
        if not again and folder.is_dir():
            try:
                manifest = index_files.read_manifest(folder)
                if manifest.file_sha256 == file_sha256 and _same(manifest.recipe, recipe):
                    kept = None if index_files.keeps_text(manifest) else loader.parse(raw, source)
                    opened = index_files.open_folder(folder, manifest, kept)
                    document = replace(opened.document, source=source, language=manifest.recipe.language)
                    return replace(opened, document=document), False
            except IndexFolderError as error:
                log.warning("%s; building it again", error)
        return self._build_from(raw, source, folder, recipe, progress), True

    def _build_from(self, raw: bytes, source: str, folder: Path, recipe: Recipe, progress: Progress | None) -> Index:
        document = _read(raw, source, progress)
        if recipe.language == AUTO:
            recipe = msgspec.structs.replace(recipe, language=language_of(document.text))
        document = replace(document, language=recipe.language)
        if document.language != KNOWN:
            log.warning(
                "%s: is in another language than English (%s): answers are whole sentences, found by their words",
                source,
                document.language,
            )
        for what in document.unread:
            log.warning("%s: %s", source, what)
        return self._build(document, hashlib.sha256(raw).hexdigest(), folder, recipe, progress)

    def _open_piped(self, progress: Progress | None) -> Index:
        # What was piped in cannot be read again, so its index goes when the program does.
        passing = tempfile.mkdtemp(prefix="article-qa-")
        weakref.finalize(self, shutil.rmtree, passing, ignore_errors=True)
        raw = loader.read(loader.STDIN, max_bytes=self._settings.max_bytes)
        return self._build_from(raw, loader.STDIN, Path(passing) / "index", self._recipe(), progress)

    def _recipe(self) -> Recipe:
        return Recipe(
            embedder=self._embedder.name,
            embedder_sha256=self._embedder.fingerprint,
            language=self._settings.language,
            passage_tokens=self._settings.passage_tokens,
            overlap_sentences=self._settings.overlap_sentences,
        )

    def _build(
        self, document: Document, file_sha256: str, folder: Path, recipe: Recipe, progress: Progress | None
    ) -> Index:
        passages = split(
            document.text,
            self._embedder.count_tokens,
            max_tokens=min(recipe.passage_tokens, self._embedder.max_tokens),
            overlap_sentences=recipe.overlap_sentences,
            language=recipe.language,
        )
        name = Path(document.source).name
        vectors = self._embedder.encode(
            [p.span.of(document.text) for p in passages],
            progress=(lambda done: progress(f"embedding {name}", done, len(passages))) if progress else None,
        )
        manifest = index_files.save(
            document,
            passages,
            vectors,
            folder,
            Manifest(
                format=index_files.FORMAT,
                source=str(Path(document.source).resolve()),
                document_sha256=document.sha256,
                file_sha256=file_sha256,
                characters=len(document.text),
                passages=len(passages),
                dimensions=vectors.shape[1],
                recipe=recipe,
                built=datetime.now(timezone.utc).isoformat(timespec="seconds"),
                files={},
            ),
            with_text=Path(document.source).suffix.lower() not in AS_THEY_ARE,
        )
        return index_files.open_folder(folder, manifest, document)


def _read(raw: bytes, source: str, progress: Progress | None) -> Document:
    if progress is None:
        return loader.parse(raw, source)
    label = f"reading {Path(source).name}"
    progress(label, 0, 0)
    try:
        return loader.parse(raw, source)
    finally:
        progress(label, 1, 1)


def _same(kept: Recipe, wanted: Recipe) -> bool:
    # The language of an index that was guessed is the one that would be guessed again.
    return kept == (msgspec.structs.replace(wanted, language=kept.language) if wanted.language == AUTO else wanted)


def folder_of(index_dir: Path, source: str) -> Path:
    """Name the index folder of a source: readable, and different for files of the same name."""
    path = Path(source).resolve()
    readable = re.sub(r"[^A-Za-z0-9]+", "-", path.stem).strip("-")[:40] or "document"
    return index_dir / f"{readable}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:12]}"


def manifests(index_dir: Path) -> Iterator[tuple[Path, Manifest | IndexFolderError]]:
    """Walk the index folders; a folder that cannot be used comes with its error."""
    if not index_dir.is_dir():
        return
    for folder in sorted(p for p in index_dir.iterdir() if p.is_dir() and not p.name.startswith(".")):
        try:
            yield folder, index_files.read_manifest(folder)
        except IndexFolderError as error:
            yield folder, error


def size_of(folder: Path) -> int:
    """Count the bytes of an index folder."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def remove(index_dir: Path, source: str) -> Path:
    """Delete the index of ``source``, named by its path or by its index folder's name; the article stays.

    Raises:
        SourceError: there is no such index.
    """
    for folder in (folder_of(index_dir, source), index_dir / source):
        if folder.parent == index_dir and folder.name != ".." and folder.is_dir():
            try:
                shutil.rmtree(folder)
            except OSError as error:
                raise IndexFolderError(f"{folder}: cannot be removed: {error.strerror}") from error
            return folder
    raise SourceError(f"{source}: has no index here; `qa list` shows what there is")
