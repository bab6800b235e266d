"""Files to documents: their bytes, read within limits, and the text that ``formats`` extracts from them."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import asdict
from pathlib import Path

from qa.errors import SourceError
from qa.sources.find import STDIN, is_text
from qa.sources.formats import PLAIN_SUFFIXES, SUFFIXES, extract
from qa.sources.worker import extract_in_sandbox
from qa.types import Document, Limits

LIMITS = Limits()


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
        raise SourceError(f"{source}: {kind} is not supported; give a {' or '.join(SUFFIXES)} file")
    try:
        # Opening a pipe or a device can wait for ever, and between a look at the name and the opening it can change.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SourceError(f"{source}: not a regular file")
            if status.st_size > limits.bytes:
                raise SourceError(f"{source}: {status.st_size / 1e6:.1f} MB, the limit is {_megabytes(limits)}")
            raw = file.read(limits.bytes + 1)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        raise SourceError(f"{source}: {'no such file' if missing else f'cannot be read: {error.strerror}'}") from error
    if len(raw) > limits.bytes:
        raise SourceError(f"{source}: grew to more than {_megabytes(limits)} while it was read")
    return raw


def _megabytes(limits: Limits) -> str:
    return f"{limits.bytes / 1e6:.1f} MB; raise max_file_mb (QA_MAX_FILE_MB) or split the file"


def parse(raw: bytes, source: str, limits: Limits = LIMITS) -> Document:
    """Make a document of the bytes of a file.

    Raises:
        SourceError: they are not of the format that the suffix names, or hold no text.
    """
    suffix = _guess_suffix(raw) if source == STDIN else Path(source).suffix.lower()
    label = "standard input" if source == STDIN else source
    if suffix in PLAIN_SUFFIXES:
        extracted = extract(raw, suffix, label)
    else:
        extracted = extract_in_sandbox(raw, suffix, label, limits)
    return Document.from_text(source, **asdict(extracted))


def _guess_suffix(raw: bytes) -> str:
    # Standard input has no name. What is not recognised is read as text, whose errors say why it is none.
    import puremagic

    try:
        suffixes = [match.extension for match in puremagic.magic_string(raw)]
    except (puremagic.PureError, ValueError):
        return ".txt"
    return next((s for s in suffixes if s in SUFFIXES), ".txt")
