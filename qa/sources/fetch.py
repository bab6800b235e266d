"""Web pages: downloaded once, only when the network is allowed, and stored as files, so that offsets stay valid."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from qa.errors import QAError, SourceError, first_line
from qa.settings import Settings
from qa.sources.formats import MEDIA_TYPES
from qa.system.files import write_whole

_REDIRECTS = 5
_BLOCK = 1 << 16
_LINE = 1 << 16  # an address must not be folded
_AGENT = "article-qa (fetches one page at its user's request)"
PATTERNS = ("*.mhtml",)  # its own files in the folder of the pages
Result = TypeVar("Result")


def is_address(source: str) -> bool:
    """Tell whether a source is the address of a page and not a path."""
    return source.lower().startswith(("http://", "https://"))


class Pages:
    """The folder of downloaded pages, each a MIME HTML file (RFC 2557) that also holds its address."""

    def __init__(self, settings: Settings) -> None:
        self._folder, self._allowed = settings.pages_dir, settings.allow_network
        self._max_bytes, self._seconds = settings.limits.bytes, settings.fetch_seconds

    def path_of(self, address: str) -> Path:
        """Return the path at which the page of ``address`` is stored, whether it is there yet or not.

        Raises:
            SourceError: it is no address.
        """
        try:
            parts = urlsplit(address)
        except ValueError as error:
            raise SourceError(f"{address}: not an address: {error}") from error
        readable = re.sub(r"[^A-Za-z0-9]+", "-", f"{parts.hostname} {parts.path}").strip("-")[:60]
        return self._folder / f"{readable}-{hashlib.sha256(address.encode()).hexdigest()[:12]}.mhtml"

    def get(self, address: str, *, again: bool = False) -> Path:
        """Return the file of a page, downloaded first if it is not stored, or if ``again``.

        Raises:
            SourceError: it is not stored and the network is not allowed; or the download fails.
        """
        path = self.path_of(address)
        if path.is_file() and not (again and self._allowed):
            return path
        if not self._allowed:
            raise SourceError(f"{address}: not downloaded yet; --allow-network permits the download")
        content, media_type, charset, final = _within(
            self._seconds, lambda: _fetch(address, self._max_bytes, self._seconds), address
        )
        message = EmailMessage(policy=SMTP.clone(max_line_length=_LINE))
        message["Snapshot-Content-Location"] = final
        maintype, _, subtype = media_type.partition("/")
        message.set_content(content, maintype, subtype, cte="base64", params={"charset": charset} if charset else {})
        try:
            write_whole(path, message.as_bytes())
        except OSError as error:
            raise SourceError(f"{address}: cannot be stored in {self._folder}: {error.strerror}") from error
        return path


def _fetch(address: str, max_bytes: int, seconds: float) -> tuple[bytes, str, str, str]:
    """Return the content, its media type and charset, and the address it came from in the end."""
    import requests
    from requests_hardened import Config, HTTPSession
    from requests_hardened.ip_filter import InvalidIPAddress

    # The filter sits where connections are made, so that it sees what a name resolves to, and each redirect.
    config = Config(
        ip_filter_enable=True,
        ip_filter_allow_loopback_ips=False,
        never_redirect=False,
        default_timeout=(seconds, seconds),
        user_agent_override=_AGENT,
    )
    try:
        with HTTPSession(config) as session:
            session.trust_env = False  # through a proxy the filter would see the proxy's address
            session.max_redirects = _REDIRECTS
            with session.get(address, stream=True) as response:
                if response.status_code != requests.codes.ok:
                    raise SourceError(f"{address}: the server answers {response.status_code} {response.reason}")
                headers = EmailMessage()
                headers["Content-Type"] = response.headers.get("Content-Type", "text/html")
                if headers.get_content_type() not in MEDIA_TYPES:
                    raise SourceError(f"{address}: {headers.get_content_type()} is not supported")
                content = bytearray()
                while block := response.raw.read1(_BLOCK, decode_content=True):
                    content += block
                    if len(content) > max_bytes:
                        raise SourceError(
                            f"{address}: more than {max_bytes / 1e6:.1f} MB; raise max_file_mb (QA_MAX_FILE_MB)"
                        )
                return bytes(content), headers.get_content_type(), headers.get_content_charset() or "", response.url
    except InvalidIPAddress as error:
        raise SourceError(f"{address}: leads to the private address {error}, which is never fetched") from error
    except (requests.RequestException, OSError, ValueError) as error:
        raise SourceError(f"{address}: cannot be fetched: {first_line(error)}") from error


def _within(seconds: float, work: Callable[[], Result], address: str) -> Result:
    # A limit on each read lets a server drip for ever, and looking up a name has no limit at all.
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            errors.append(error)

    thread = threading.Thread(target=run, name="fetch", daemon=True)
    thread.start()
    ends = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < ends:
        thread.join(0.1)
    if results:
        return results[0]
    if errors and isinstance(errors[0], QAError):
        raise errors[0]
    if errors:
        raise SourceError(f"{address}: cannot be fetched: {errors[0]}") from errors[0]
    raise SourceError(f"{address}: not complete after {seconds:g} s; raise fetch_seconds (QA_FETCH_SECONDS)")
