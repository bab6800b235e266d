"""The indexes on this machine: found by source, built when missing, built again when the article has changed."""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
import weakref
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path

from qa.errors import IndexFolderError
from qa.index.catalog import folder_of, own_key
from qa.index.manifest import FORMAT, Manifest, Recipe, read_manifest
from qa.index.prepare import document_of, passages_of, recipe_of
from qa.index.storage import Index, keeps_text, open_folder, save
from qa.protocols import Embedder, Progress
from qa.settings import Settings
from qa.sources.find import STDIN
from qa.sources.formats import PLAIN_SUFFIXES
from qa.sources.read import parse, read
from qa.system.locks import held
from qa.types import Document

log = logging.getLogger(__name__)


class _OutdatedError(IndexFolderError):
    """An index that is whole, but not of the article as it is now."""


class IndexBuilder:
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
        if source == STDIN:
            return (known, False) if known else (self._open_piped(progress), True)
        folder = folder_of(self._settings.index_dir, source)
        raw = read(source, self._settings.limits)
        if known and known.manifest.file_sha256 == hashlib.sha256(raw).hexdigest():
            return known, False
        if not again:
            # Most often there is nothing to build, and whoever only reads waits for nobody.
            with suppress(IndexFolderError):
                return self._opened(raw, source, folder), False
        with held(folder, self._settings.busy_seconds):
            if not again and folder.is_dir():
                try:
                    return self._opened(raw, source, folder), False
                except _OutdatedError:
                    pass
                except IndexFolderError as error:
                    log.warning("%s; building it again", error)
            return self._build_from(raw, source, folder, progress), True

    def _opened(self, raw: bytes, source: str, folder: Path) -> Index:
        """Open the index in ``folder`` if it is one of these bytes.

        Raises:
            IndexFolderError: it is not.
        """
        manifest = read_manifest(folder, self._key)
        if manifest.file_sha256 != hashlib.sha256(raw).hexdigest():
            raise _OutdatedError(f"{folder}: the article has changed")
        if manifest.recipe != self._recipe(manifest.language):
            raise _OutdatedError(f"{folder}: was built with other settings")
        parsed = None if keeps_text(manifest) else parse(raw, source, self._settings.limits)
        opened = open_folder(folder, manifest, parsed)
        document = replace(opened.document, source=source, language=manifest.language)
        return replace(opened, document=document)

    @cached_property
    def _key(self) -> bytes:
        return own_key()

    def _build_from(self, raw: bytes, source: str, folder: Path, progress: Progress | None) -> Index:
        document = self._read(raw, source, progress)
        recipe = self._recipe(document.language)
        return self._build(document, hashlib.sha256(raw).hexdigest(), folder, recipe, progress)

    def _open_piped(self, progress: Progress | None) -> Index:
        # What was piped in cannot be read again, so its index goes when the program does.
        passing = tempfile.mkdtemp(prefix="article-qa-")
        weakref.finalize(self, shutil.rmtree, passing, ignore_errors=True)
        raw = read(STDIN, self._settings.limits)
        return self._build_from(raw, STDIN, Path(passing) / "index", progress)

    def _recipe(self, language: str) -> Recipe:
        """Tell how a document in that language is indexed."""
        return recipe_of(self._settings, self._embedder.in_language(language))

    def _read(self, raw: bytes, source: str, progress: Progress | None) -> Document:
        settings, label = self._settings, f"reading {Path(source).name}"
        if progress:
            progress(label, 0, 0)
        try:
            return document_of(raw, source, settings.language, settings.limits, self._embedder)
        finally:
            if progress:
                progress(label, 1, 1)

    def _build(
        self, document: Document, file_sha256: str, folder: Path, recipe: Recipe, progress: Progress | None
    ) -> Index:
        embedder = self._embedder.in_language(document.language)
        passages = passages_of(document, embedder, recipe)
        name = Path(document.source).name
        vectors = embedder.encode(
            [p.span.of(document.text) for p in passages],
            progress=(lambda done: progress(f"embedding {name}", done, len(passages))) if progress else None,
        )
        manifest = save(
            document,
            passages,
            vectors,
            folder,
            Manifest(
                format=FORMAT,
                source=str(Path(document.source).resolve()),
                document_sha256=document.sha256,
                language=document.language,
                file_sha256=file_sha256,
                characters=len(document.text),
                passages=len(passages),
                dimensions=vectors.shape[1],
                recipe=recipe,
                built=datetime.now(timezone.utc).isoformat(timespec="seconds"),
                files={},
            ),
            key=self._key,
            with_text=Path(document.source).suffix.lower() not in PLAIN_SUFFIXES,
        )
        return open_folder(folder, manifest, document)
