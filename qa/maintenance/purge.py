"""All that the tool keeps on this machine, listed and deleted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa.errors import CacheError
from qa.paths import key_file
from qa.settings import Settings

# A folder of the settings may hold files of others, as indexes/ of a checkout does; these are the tool's own.
_OWN = {
    "index_dir": ("*/manifest.json", ".locks/*.lock"),
    "cache_dir": ("*.gguf", "*.state"),
    "pages_dir": ("*.mhtml",),
    "models_dir": ("*/*/*.gguf", "*/*/*/*.gguf"),
    "sessions_dir": ("*.jsonl", "history"),
}
_WHAT = {
    "index_dir": "indexes",
    "cache_dir": "files made from models",
    "pages_dir": "pages from the web",
    "models_dir": "models that were pulled",
    "sessions_dir": "conversations, and what was typed",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of what is kept: where it is, which files or folders, and their bytes."""

    what: str
    folder: Path
    paths: tuple[Path, ...]
    bytes: int


def kept(settings: Settings) -> Iterator[Kept]:
    """List what is kept; kinds of which there is nothing are left out."""
    for name, patterns in _OWN.items():
        folder: Path = getattr(settings, name)
        found = sorted(_roots(folder, patterns))
        if found:
            yield Kept(_WHAT[name], folder, tuple(found), sum(map(_size, found)))
    key = key_file()
    if key.is_file():
        yield Kept("the key of the indexes", key.parent, (key,), _size(key))


def purge(settings: Settings) -> None:
    """Delete all of it for good; the settings file and the articles stay.

    Raises:
        CacheError: something cannot be deleted.
    """
    for one in list(kept(settings)):
        for path in one.paths:
            try:
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
            except OSError as error:
                raise CacheError(f"{path}: cannot be deleted: {error.strerror}") from error


def _roots(folder: Path, patterns: tuple[str, ...]) -> set[Path]:
    # What lies deeper than the folder goes with the folder that holds it: an index, the models of an owner.
    if not folder.is_dir():
        return set()
    unfinished = set(folder.glob(".unfinished-*"))
    found = {folder / p.relative_to(folder).parts[0] for pattern in patterns for p in folder.glob(pattern)}
    return {p for p in found | unfinished if not p.is_symlink()}


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(p.stat().st_size for p in files)
