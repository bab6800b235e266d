"""What a format's reader returns, and what several readers share: decoding, and the break between paragraphs."""

from __future__ import annotations

from dataclasses import dataclass

from qa.errors import SourceError

BREAK = "\n\n"  # between the pages, paragraphs and cells of a format that has them


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a file and its metadata. ``pages`` are the offsets at which the pages begin, where there are any.

    ``unread`` says, a line each, what could not be read.
    """

    text: str
    title: str = ""
    author: str = ""
    date: str = ""
    address: str = ""
    pages: tuple[int, ...] = ()
    unread: tuple[str, ...] = ()


def decode(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Decode a text: as UTF-8, else in the likeliest encoding; the second value reports a guess.

    Raises:
        SourceError: no encoding fits, or it holds NUL characters.
    """
    unread: tuple[str, ...] = ()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        from charset_normalizer import from_bytes

        best = from_bytes(raw).best()
        if best is None:
            raise SourceError(f"not text in a known encoding (byte {error.start} is not UTF-8)") from error
        text, unread = str(best).removeprefix("\ufeff"), (f"not UTF-8; read as {best.encoding}, which is a guess",)
    if "\0" in text:
        raise SourceError("holds NUL characters, so it is not text")
    return text.replace("\r\n", "\n").replace("\r", "\n"), unread
