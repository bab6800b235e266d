"""The index folders on this machine: their names, their list, their removal."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from qa.errors import IndexFolderError, SourceError
from qa.index.manifest import Manifest, read_manifest
from qa.paths import key_file
from qa.system.files import delete_folder, secret

PATTERNS = ("*/manifest.json", ".locks/*.lock")  # its own files in the folder of the indexes


def folder_of(index_dir: Path, source: str) -> Path:
    """Name the index folder of a source: readable, and different for files of the same name."""
    path = Path(source).resolve()
    readable = re.sub(r"[^A-Za-z0-9]+", "-", path.stem).strip("-")[:40] or "document"
    return index_dir / f"{readable}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:12]}"


def own_key() -> bytes:
    """Return the key that this user's indexes are sealed with.

    Raises:
        IndexFolderError: it can be neither read nor made.
    """
    path = key_file()
    try:
        return secret(path)
    except OSError as error:
        raise IndexFolderError(f"{path}: cannot be used: {error.strerror}; QA_HOME names another place") from error


def manifests(index_dir: Path) -> Iterator[tuple[Path, Manifest | IndexFolderError]]:
    """Walk the index folders; a folder that cannot be used comes with its error."""
    if not index_dir.is_dir():
        return
    key = own_key()
    for folder in sorted(p for p in index_dir.iterdir() if p.is_dir() and not p.name.startswith(".")):
        try:
            yield folder, read_manifest(folder, key)
        except IndexFolderError as error:
            yield folder, error


def size_of(folder: Path) -> int:
    """Count the bytes of an index folder."""
    total = 0
    with suppress(FileNotFoundError):  # another process is deleting it
        for path in folder.rglob("*"):
            total += path.stat().st_size if path.is_file() else 0
    return total


def remove(index_dir: Path, source: str, *, seconds: float = 60.0) -> Path:
    """Delete the index of ``source``, named by its path or by its index folder's name; the article stays.

    Raises:
        SourceError: there is no such index.
        IndexFolderError: it cannot be deleted, or is in use by another process for more than ``seconds``.
    """
    from qa.system.locks import held

    for folder in (folder_of(index_dir, source), index_dir / source):
        if folder.parent == index_dir and not folder.name.startswith(".") and folder.is_dir():
            with held(folder, seconds):
                if not folder.is_dir():
                    break  # another process has removed it
                try:
                    delete_folder(folder)
                except OSError as error:
                    raise IndexFolderError(f"{folder}: cannot be removed: {error.strerror}") from error
            return folder
    raise SourceError(f"{source}: has no index here; `qa list` shows what there is")
