"""All data that is stored on this machine, listed and deleted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa.conversation import sessions
from qa.errors import CacheError
from qa.index import catalog
from qa.index.stores.embedded import folders as collections
from qa.models import capability
from qa.models import files as models
from qa.paths import key_file
from qa.settings import Settings
from qa.sources import fetch as pages
from qa.sources import uploads
from qa.system import cache
from qa.system.files import UNFINISHED


@dataclass(frozen=True, slots=True)
class StoredData:
    """One kind of stored data: where it is, which files or folders, and their bytes."""

    kind: str
    folder: Path
    paths: tuple[Path, ...]
    bytes: int


def stored_data(settings: Settings) -> Iterator[StoredData]:
    """List what is stored; kinds of which there is nothing are left out."""
    kinds = (
        ("indexes", settings.index_dir, catalog.PATTERNS),
        ("collections", settings.collections_dir, collections.PATTERNS),
        ("cache of files made from models", settings.cache_dir, cache.PATTERNS),
        ("pages fetched from the web", settings.pages_dir, pages.PATTERNS),
        ("files sent to the server", settings.uploads_dir, uploads.PATTERNS),
        ("models that were pulled", settings.models_dir, models.PATTERNS),
        ("what tests found of models", settings.models_dir, capability.PATTERNS),
        ("conversations and input history", settings.sessions_dir, sessions.PATTERNS),
    )
    for kind, folder, patterns in kinds:
        paths = sorted(_top_level(folder, patterns))
        if paths:
            yield StoredData(kind, folder, tuple(paths), sum(map(_size, paths)))
    key = key_file()
    if key.is_file():
        yield StoredData("key of the indexes", key.parent, (key,), _size(key))


def purge(settings: Settings) -> None:
    """Delete all stored data for good; the settings file and the articles stay.

    Raises:
        CacheError: something cannot be deleted.
    """
    for data in list(stored_data(settings)):
        for path in data.paths:
            try:
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
            except OSError as error:
                raise CacheError(f"{path}: cannot be deleted: {error.strerror}") from error


def _top_level(folder: Path, patterns: tuple[str, ...]) -> set[Path]:
    # What lies deeper than the folder goes with the folder that holds it: an index, the models of an owner.
    if not folder.is_dir():
        return set()
    matching = {folder / p.relative_to(folder).parts[0] for pattern in patterns for p in folder.glob(pattern)}
    return {p for p in matching | set(folder.glob(f"{UNFINISHED}*")) if not p.is_symlink()}


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(p.stat().st_size for p in files)
