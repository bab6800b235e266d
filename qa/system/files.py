"""Files hashed in pieces, and written atomically, readable by their owner alone."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

_PIECE = 1 << 20  # bytes
_KEY = 32  # bytes
_ROOM = 100_000  # bytes that are free on a disk that is not full
UNFINISHED = ".unfinished-"


def feed(digest: _Hash, path: Path) -> None:
    """Add the content of a file to ``digest``."""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)


def sha256_of(path: Path) -> str:
    """Hash the content of a file."""
    digest = hashlib.sha256()
    feed(digest, path)
    return digest.hexdigest()


def secret(path: Path) -> bytes:
    """Return the random key stored in ``path``, which only its owner can read; made if it is missing.

    Raises:
        OSError: it can neither be read nor made.
    """
    with suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = secrets.token_bytes(_KEY)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=UNFINISHED) as file:
        file.write(key)
        file.flush()
        # The link fails where another process has made a key meanwhile; that key is used.
        with suppress(FileExistsError):
            os.link(file.name, path)
    return path.read_bytes()


def why_not_written(error: Exception, folder: Path) -> str:
    """Say why a library could not write to ``folder``; that the disk is full, not all of them say."""
    full = os.strerror(errno.ENOSPC)
    there = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if full in str(error) or shutil.disk_usage(there).free < _ROOM:
        return full
    return str((error.strerror if isinstance(error, OSError) else None) or error)


def delete_folder(folder: Path) -> None:
    """Delete a folder with all that is in it; a stop on the way leaves no half of it under its name.

    Raises:
        OSError: it cannot be deleted.
    """
    gone = Path(tempfile.mkdtemp(prefix=f"{UNFINISHED}{folder.name}-", dir=folder.parent))
    folder.rename(gone / "old")
    shutil.rmtree(gone)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, readable by its owner alone: afterwards it holds ``content``, or what it held before.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
