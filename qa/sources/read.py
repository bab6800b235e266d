"""Sources to documents: which files there are, and their bytes; ``formats`` makes text of them."""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from qa.errors import SourceError
from qa.sources.fetch import Pages, is_address
from qa.sources.formats import AS_THEY_ARE, READERS, extract
from qa.sources.worker import extract_in_sandbox
from qa.types import Document, Limits

SUFFIXES = tuple(READERS)
STDIN = "-"
LIMITS = Limits()


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


def load(source: str, limits: Limits = LIMITS) -> Document:
    """Read one file into a document.

    A text keeps every character, but for a byte order mark, which is dropped, and CRLF and CR, which become LF.

    Raises:
        SourceError: not a readable file of a known format, or more than ``limits``.
    """
    return parse(read(source, limits), source, limits)


def read(source: str, limits: Limits = LIMITS) -> bytes:
    """Read the bytes of one file.

    Raises:
        SourceError: not a readable file of a known format, or larger than ``limits``.
    """
    if source == STDIN:
        raw = sys.stdin.buffer.read(limits.bytes + 1)
        if len(raw) > limits.bytes:
            raise SourceError(f"standard input: more than {_megabytes(limits)}")
        return raw
    if not is_text(source):
        raise SourceError(f"{source!a}: the name is not text in UTF-8; rename the file")
    path = Path(source)
    if path.suffix.lower() not in SUFFIXES:
        kind = path.suffix or "a file without a suffix"
        raise SourceError(f"{source}: {kind} is not read; give a {' or '.join(SUFFIXES)} file")
    try:
        # Opening a pipe or a device can wait for ever, and between a look at the name and the opening it can change.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise SourceError(f"{source}: not a regular file")
            if found.st_size > limits.bytes:
                raise SourceError(f"{source}: {found.st_size / 1e6:.1f} MB, the limit is {_megabytes(limits)}")
            raw = file.read(limits.bytes + 1)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        raise SourceError(f"{source}: {'no such file' if missing else f'cannot be read: {error.strerror}'}") from error
    if len(raw) > limits.bytes:
        raise SourceError(f"{source}: grew to more than {_megabytes(limits)} while it was read")
    return raw


def is_text(name: str) -> bool:
    """Tell whether what the system handed over, a file's name or an argument, is text in UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _megabytes(limits: Limits) -> str:
    return f"{limits.bytes / 1e6:.1f} MB; raise max_file_mb (QA_MAX_FILE_MB) or split the file"


def parse(raw: bytes, source: str, limits: Limits = LIMITS) -> Document:
    """Make a document of the bytes of a file.

    Raises:
        SourceError: they are not of the format that the name says, or hold no text.
    """
    suffix = _kind_of(raw) if source == STDIN else Path(source).suffix.lower()
    named = "standard input" if source == STDIN else source
    plain = suffix in AS_THEY_ARE
    found = extract(raw, suffix, named) if plain else extract_in_sandbox(raw, suffix, named, limits)
    return Document.from_text(source, **asdict(found))


def _kind_of(raw: bytes) -> str:
    # What is piped has no name; what is not recognised is taken for text, which says what it is not.
    import puremagic

    try:
        suffixes = [match.extension for match in puremagic.magic_string(raw)]
    except (puremagic.PureError, ValueError):
        return ".txt"
    return next((s for s in suffixes if s in SUFFIXES), ".txt")
