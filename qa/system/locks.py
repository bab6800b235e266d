"""Locks: one process at a time writes an index, and what a killed one left behind is deleted."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from qa.errors import IndexFolderError
from qa.system.files import UNFINISHED


@contextmanager
def held(folder: Path, seconds: float, *, instead: str = "--index-dir names another folder") -> Iterator[None]:
    """Keep other processes from writing ``folder``; what a killed process left beside it is deleted.

    ``instead`` tells, where it cannot be written, what else can be done.

    Raises:
        IndexFolderError: another process holds it for more than ``seconds``, or the folder cannot be written.
    """
    index_dir = folder.parent
    try:
        index_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _lock_of(folder)
        lock.acquire(timeout=seconds)
    except Timeout as error:
        raise IndexFolderError(f"{folder}: in use by another process; try again") from error
    except OSError as error:
        raise IndexFolderError(f"{folder}: the index cannot be written: {error.strerror}; {instead}") from error
    try:
        for leftover in index_dir.glob(f"{UNFINISHED}*"):
            owner = _lock_of(index_dir / leftover.name.removeprefix(UNFINISHED).rpartition("-")[0])
            with suppress(Timeout, OSError), owner.acquire(timeout=0):
                shutil.rmtree(leftover, ignore_errors=True)
        yield
    finally:
        lock.release()


def _lock_of(folder: Path) -> FileLock:
    # Locks are shared by some, so that their files do not grow in number with the articles.
    bucket = hashlib.sha256(folder.name.encode()).hexdigest()[:2]
    locks = folder.parent / ".locks"
    locks.mkdir(exist_ok=True, mode=0o700)
    return FileLock(locks / f"{bucket}.lock", is_singleton=True, mode=0o600)
