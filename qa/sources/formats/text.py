"""Plain text and Markdown."""

from __future__ import annotations

import textwrap

from qa.sources.formats.extracted import Extracted, decode

_TITLE_CHARACTERS = 200


def read_text(raw: bytes) -> Extracted:
    """Decode a plain text; its title is its first line.

    Raises:
        SourceError: it is not text.
    """
    text, unread = decode(raw)
    title = next((line.strip(" #") for line in text.splitlines() if line.strip(" #")), "")
    return Extracted(text, title=textwrap.shorten(title, _TITLE_CHARACTERS, placeholder=" …"), unread=unread)
