"""From what a user names, files, folders, patterns, web addresses, to the files to read."""

from __future__ import annotations

import glob
import hashlib
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from qa.errors import SourceError
from qa.sources.fetch import Pages, is_address
from qa.sources.formats import SUFFIXES

STDIN = "-"
log = logging.getLogger(__name__)


def expand(sources: Iterable[str], pages: Pages | None = None, *, again: bool = False) -> list[str]:
    """Replace each folder and each pattern by the documents in it, sorted, and each address by the file of its page.

    A file stays as it was written, as does ``-`` for standard input. ``again`` downloads stored pages anew.

    Raises:
        SourceError: a source does not exist, a folder has no document, or a page cannot be downloaded.
    """
    # A dict keeps the order and drops what is named twice.
    files: dict[str, None] = {}
    for source in sources:
        try:
            files.update(dict.fromkeys(_files_of(source, pages, again=again)))
        except OSError as error:
            raise SourceError(f"{source}: cannot be read: {error.strerror}") from error
    return list(files)


def _files_of(source: str, pages: Pages | None, *, again: bool) -> list[str]:
    path = Path(source)
    if path.is_dir():
        documents = sorted(_documents_in(path))
        if not documents:
            raise SourceError(f"{source}: no {' or '.join(SUFFIXES)} file in this folder")
        return list(map(str, documents))
    if source == STDIN or path.exists():
        return [source]
    if is_address(source):
        if pages is None:
            raise SourceError(f"{source}: a web address; only files and folders can be given here")
        return [str(pages.get(source, again=again))]
    matches = sorted(p for p in glob.glob(source, recursive=True) if Path(p).is_file())  # noqa: PTH207
    if not matches:
        raise SourceError(f"{source}: no such file or folder")
    readable = [p for p in matches if Path(p).suffix.lower() in SUFFIXES]
    if not readable:
        raise SourceError(f"{source}: no {' or '.join(SUFFIXES)} file among the {len(matches)} that it matches")
    return readable


def _documents_in(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, onerror=_left_out):
        folders[:] = [f for f in folders if not f.startswith(".")]
        for path in (Path(place, name) for name in names if not name.startswith(".")):
            if path.suffix.lower() in SUFFIXES and path.is_file():
                yield path


def _left_out(error: OSError) -> None:
    log.warning("%s: left out: %s", error.filename, error.strerror)


def absolute(path: str) -> str:
    """Return the whole path of a file, as collections know it; links in it stay."""
    return os.path.abspath(path)  # noqa: PTH100 - Path has none that leaves links and takes out `..`


def shown(path: str) -> str:
    """Return a path as it is shown: relative to the working folder where the file is below it."""
    # From elsewhere a path that climbs up is harder to read than the whole one.
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def id_of(file: str) -> str:
    """Return an id for a file, the same each time, that says nothing of its path."""
    return hashlib.sha256(os.fsencode(Path(file).resolve())).hexdigest()[:16]


def is_text(name: str) -> bool:
    """Tell whether what the system handed over, a file's name or an argument, is text in UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
