"""MIME messages: e-mail (.eml), and web pages that a browser saved as one file (.mhtml)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from email import message_from_bytes, policy

from qa.errors import SourceError
from qa.sources.formats.extracted import BREAK, Extracted
from qa.sources.formats.html import read_html


def read_eml(raw: bytes) -> Extracted:
    """Extract the body of an e-mail; its attachments are reported as unread.

    Raises:
        SourceError: the message has no text.
    """
    message = message_from_bytes(raw, policy=policy.default)
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        raise SourceError("the message has no text")
    content, others, unread = body.get_content(), [], []
    for part in message.iter_attachments():
        if name := part.get_filename():
            unread.append(f"the attachment {name} is not read; save it and give it as a source")
        elif part.get_content_type() == "message/rfc822":
            unread.append(
                f"the message “{part.get_content()['subject']}” in it is not read; save it and give it as a source"
            )
        elif part.get_content_type() == "text/plain":
            others.append(part.get_content())  # what was written below a picture
    if body.get_content_type() == "text/html":
        extracted = read_html(content.encode())
    else:
        extracted = Extracted(BREAK.join([content, *others]).replace("\r\n", "\n"))
    sent = message["date"].datetime.date().isoformat() if message["date"] and message["date"].datetime else ""
    return replace(
        extracted,
        title=str(message["subject"] or ""),
        author=str(message["from"] or ""),
        date=sent,
        unread=tuple(unread),
    )


def read_mhtml(raw: bytes, read_part: Callable[[bytes, str], Extracted | None]) -> Extracted:
    """Extract the first part of a saved page that ``read_part`` reads, given its bytes and media type.

    Raises:
        SourceError: there is no such part.
    """
    message = message_from_bytes(raw, policy=policy.default)
    for part in message.walk():
        content, media_type = part.get_payload(decode=True), part.get_content_type()
        if not isinstance(content, bytes):
            continue
        charset = part.get_content_charset()
        if charset and (media_type.startswith("text/") or "html" in media_type):
            with suppress(LookupError):
                content = content.decode(charset, errors="replace").encode()
        if extracted := read_part(content, media_type):
            address = message["Snapshot-Content-Location"] or part["Content-Location"]
            return replace(extracted, address=str(address or extracted.address))
    raise SourceError("no page was found in the file")
