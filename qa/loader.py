"""Sources to documents: which files there are, and their bytes; ``formats`` makes text of them."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from qa.errors import SourceError
from qa.formats import READERS, extract
from qa.types import Document
from qa.web import Pages, is_address

SUFFIXES = tuple(READERS)
STDIN = "-"


def expand(sources: Iterable[str], pages: Pages | None = None, *, again: bool = False) -> list[str]:
    """Replace each folder and each pattern by the documents in it, sorted, and each address by the file of its page.

    A file stays as it was written, as does ``-`` for standard input. ``again`` fetches also pages that are kept.

    Raises:
        SourceError: a source does not exist, a folder has no document, or a page cannot be had.
    """
    found: dict[str, None] = {}
    for source in sources:
        path = Path(source)
        if path.is_dir():
            inside = sorted(
                p
                for p in path.rglob("*")
                if p.suffix.lower() in SUFFIXES
                and p.is_file()
                and not any(part.startswith(".") for part in p.relative_to(path).parts)
            )
            if not inside:
                raise SourceError(f"{source}: no {' or '.join(SUFFIXES)} file in this folder")
            found.update(dict.fromkeys(map(str, inside)))
        elif source == STDIN or path.exists():
            found[source] = None
        elif is_address(source):
            if pages is None:
                raise SourceError(f"{source}: an address; only files and folders can be named here")
            found[str(pages.get(source, again=again))] = None
        elif matching := sorted(p for p in glob.glob(source, recursive=True) if Path(p).is_file()):  # noqa: PTH207
            found.update(dict.fromkeys(p for p in matching if Path(p).suffix.lower() in SUFFIXES))
        else:
            raise SourceError(f"{source}: no such file or folder")
    return list(found)


def load(source: str, *, max_bytes: int) -> Document:
    """Read one file into a document.

    A text keeps every character, but for a byte order mark, which is dropped, and CRLF and CR, which become LF.

    Raises:
        SourceError: not a readable file of a known format, or larger than ``max_bytes``.
    """
    return parse(read(source, max_bytes=max_bytes), source)


def read(source: str, *, max_bytes: int) -> bytes:
    """Read the bytes of one file.

    Raises:
        SourceError: not a readable file of a known format, or larger than ``max_bytes``.
    """
    path = Path(source)
    if source == STDIN:
        raw = sys.stdin.buffer.read(max_bytes + 1)
        if len(raw) > max_bytes:
            raise SourceError(f"standard input: more than {max_bytes / 1e6:.1f} MB; raise max_file_mb (QA_MAX_FILE_MB)")
        return raw
    if path.suffix.lower() not in SUFFIXES:
        kind = path.suffix or "a file without a suffix"
        raise SourceError(f"{source}: {kind} is not read; give a {' or '.join(SUFFIXES)} file")
    try:
        if not path.is_file():
            raise SourceError(f"{source}: no such file" if not path.exists() else f"{source}: not a regular file")
        size = path.stat().st_size
        if size > max_bytes:
            raise SourceError(
                f"{source}: {size / 1e6:.1f} MB, the limit is {max_bytes / 1e6:.1f} MB; "
                "raise max_file_mb (QA_MAX_FILE_MB) or split the file"
            )
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"{source}: cannot be read: {error.strerror}") from error


def parse(raw: bytes, source: str) -> Document:
    """Make a document of the bytes of a file.

    Raises:
        SourceError: they are not of the format that the name says, or hold no text.
    """
    if source == STDIN:
        found = extract(raw, _kind_of(raw), "standard input")
    else:
        found = extract(raw, Path(source).suffix.lower(), source)
    return Document.from_text(source, **asdict(found))


def _kind_of(raw: bytes) -> str:
    # What is piped has no name; what is not recognised is taken for text, which says what it is not.
    import puremagic

    try:
        suffixes = [match.extension for match in puremagic.magic_string(raw)]
    except (puremagic.PureError, ValueError):
        return ".txt"
    return next((s for s in suffixes if s in SUFFIXES), ".txt")
