"""Files made from a model so that it starts and reads faster: keyed by all that they depend on, bounded, private."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from qa.errors import CacheError
from qa.system.files import UNFINISHED, feed, write_whole

# What the cache folder holds, for `qa purge`; the folder may be one that also holds files of others.
PATTERNS = ("*.gguf", "*.state")
_DIGEST = 32  # bytes of sha256 before the content of a blob
_KEPT = {".gguf": 2, ".state": 16}
_SPARE = 2  # times the size of the source must be free on the disk


class ModelCache:
    """A folder of derived files. None is needed: what cannot be read or written is made again, or done without."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def model(self, source: Path, purpose: str, make: Callable[[Path, Path], bool]) -> Path | None:
        """Return the file that ``make(source, target)`` makes of a model, made once; None if it cannot be made."""
        try:
            digest = hashlib.sha256(purpose.encode())
            feed(digest, source)
            found = self.folder / f"{source.stem}-{digest.hexdigest()[:24]}.gguf"
            if found.is_file():
                found.touch()
                return found
            self._prepare()
            if shutil.disk_usage(self.folder).free < _SPARE * source.stat().st_size:
                return None
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=UNFINISHED) as folder:
                unfinished = Path(folder) / found.name
                if not make(source, unfinished):
                    return None
                unfinished.replace(found)
            self._prune(".gguf")
        except OSError:
            return None
        return found

    def blob(self, key: str) -> bytes | None:
        """Return what was kept under ``key``, if it is there and whole."""
        path = self._blob_path(key)
        try:
            raw = path.read_bytes()
            path.touch()
        except OSError:
            return None
        digest, content = raw[:_DIGEST], raw[_DIGEST:]
        return content if hashlib.sha256(content).digest() == digest else None

    def keep_blob(self, key: str, content: bytes) -> None:
        """Keep ``content`` under ``key``, if the disk lets it."""
        try:
            write_whole(self._blob_path(key), hashlib.sha256(content).digest() + content)
            self._prune(".state")
        except OSError:
            return

    def files(self) -> Iterator[Path]:
        """Walk the files that are kept."""
        if self.folder.is_dir():
            yield from sorted(p for p in self.folder.iterdir() if p.suffix in _KEPT and p.is_file())

    def clear(self) -> None:
        """Delete all that is kept.

        Raises:
            CacheError: a file cannot be deleted.
        """
        try:
            if self.folder.is_dir():
                shutil.rmtree(self.folder)
        except OSError as error:
            raise CacheError(f"{self.folder}: cannot be deleted: {error.strerror}") from error

    def _blob_path(self, key: str) -> Path:
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.state"

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _prune(self, suffix: str) -> None:
        kept = sorted((p for p in self.files() if p.suffix == suffix), key=lambda p: p.stat().st_mtime)
        for path in kept[: -_KEPT[suffix]]:
            path.unlink(missing_ok=True)
