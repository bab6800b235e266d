"""A cache of files derived from models, so that they start and read faster: bounded in number, private to its owner."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from qa.errors import CacheError
from qa.system.files import UNFINISHED, feed, write_whole

_DIGEST = 32  # bytes of sha256 before the content of a blob
_MAX_FILES = {".gguf": 2, ".state": 16}
# What the cache folder holds, for `qa purge`; the folder may be one that also holds files of others.
PATTERNS = tuple(f"*{suffix}" for suffix in _MAX_FILES)
_SPARE = 2  # times the size of the source must be free on the disk


class ModelCache:
    """A folder of derived files. None is required: what cannot be read or written is made again, or done without."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def model(self, source: Path, purpose: str, make: Callable[[Path, Path], bool]) -> Path | None:
        """Return the file that ``make(source, target)`` makes of a model, made once; None if it cannot be made."""
        try:
            digest = hashlib.sha256(purpose.encode())
            feed(digest, source)
            cached = self.folder / f"{source.stem}-{digest.hexdigest()[:24]}.gguf"
            if cached.is_file():
                cached.touch()
                return cached
            self._prepare()
            if shutil.disk_usage(self.folder).free < _SPARE * source.stat().st_size:
                return None
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=UNFINISHED) as folder:
                unfinished = Path(folder) / cached.name
                if not make(source, unfinished):
                    return None
                unfinished.replace(cached)
            self._prune(".gguf")
        except OSError:
            return None
        return cached

    def blob(self, key: str) -> bytes | None:
        """Return what is stored under ``key``; None if nothing is, or it is damaged."""
        path = self._blob_path(key)
        try:
            raw = path.read_bytes()
            path.touch()
        except OSError:
            return None
        digest, content = raw[:_DIGEST], raw[_DIGEST:]
        return content if hashlib.sha256(content).digest() == digest else None

    def keep_blob(self, key: str, content: bytes) -> None:
        """Store ``content`` under ``key``, unless the disk prevents it."""
        try:
            write_whole(self._blob_path(key), hashlib.sha256(content).digest() + content)
            self._prune(".state")
        except OSError:
            return

    def files(self) -> Iterator[Path]:
        """List the cached files."""
        if self.folder.is_dir():
            yield from sorted(p for p in self.folder.iterdir() if p.suffix in _MAX_FILES and p.is_file())

    def clear(self) -> None:
        """Delete all cached files.

        Raises:
            CacheError: a file cannot be deleted.
        """
        try:
            for file in self.files():
                file.unlink(missing_ok=True)
            for unfinished in self.folder.glob(f"{UNFINISHED}*"):
                shutil.rmtree(unfinished, ignore_errors=True)
            # The folder may be one that holds files of others too.
            with suppress(OSError):
                self.folder.rmdir()
        except OSError as error:
            raise CacheError(f"{self.folder}: cannot be deleted: {error.strerror}") from error

    def _blob_path(self, key: str) -> Path:
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.state"

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _prune(self, suffix: str) -> None:
        files = sorted((p for p in self.files() if p.suffix == suffix), key=lambda p: p.stat().st_mtime)
        for path in files[: -_MAX_FILES[suffix]]:
            path.unlink(missing_ok=True)
