"""Paths to documents: the only place that normalises text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from qa.errors import SourceError
from qa.types import Document

SUFFIXES = (".txt", ".md")


def expand(sources: Iterable[str]) -> list[str]:
    """Replace each folder by the documents in it, sorted; a file stays as it was written.

    Raises:
        SourceError: a source does not exist, or a folder has no document.
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
        elif path.exists():
            found[source] = None
        else:
            raise SourceError(f"{source}: no such file or folder")
    return list(found)


def load(source: str, *, max_bytes: int) -> Document:
    """Read one file: UTF-8, the byte order mark dropped, CRLF and CR turned into LF, nothing else changed.

    Raises:
        SourceError: not a readable text file of a known kind, or larger than ``max_bytes``.
    """
    path = Path(source)
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
        raw = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{source}: cannot be read: {error.strerror}") from error
    return Document.from_text(source, decode(raw, source))


def decode(raw: bytes, source: str) -> str:
    """Decode and normalise the bytes of a text file.

    Raises:
        SourceError: not UTF-8, or without a word.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{source}: not UTF-8 text (byte {error.start}); convert it, for instance with `iconv -t UTF-8`"
        ) from error
    if "\0" in text:
        raise SourceError(f"{source}: holds NUL characters, so it is not text")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not any(c.isalnum() for c in text):
        raise SourceError(f"{source}: has no text" if text.strip() else f"{source}: is empty")
    return text
