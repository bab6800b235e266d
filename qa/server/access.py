"""Who may ask what: host names, origins, the token, the size and pace of what is sent; headers against other pages.

It is plain ASGI, so that streams go through it as they are.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
import time
from collections.abc import Collection
from typing import TYPE_CHECKING

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect

from qa.server.metrics import Metrics
from qa.server.refusals import RefusedError, body_of, refusal_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWN_HEADER = "X-QA"
AUTHENTICATED = "authenticated"  # in the state of a request that came with the token
SESSION, UPLOADS, PAGE = "/api/v1/session", "/api/v1/sources", "/"
BODY_BYTES = 1_000_000
BODY_SECONDS, UPLOAD_SECONDS = 15.0, 120.0
_TICKET_SECONDS = 60.0
_SAFE = frozenset({"GET", "HEAD"})
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Tokens:
    """The token of a server, the value of the cookie that stands for it, and tickets that are good for one use."""

    def __init__(self, token: str, port: int) -> None:
        self._token = token.encode()
        # Cookies do not know of ports: two servers on a machine must not take each other's for theirs.
        self.cookie_name = f"qa-{port}"
        # What a browser keeps is not the token itself.
        self.cookie = hmac.digest(self._token, b"cookie", "sha256").hex()
        self._tickets: dict[bytes, float] = {}

    def ticket(self) -> str:
        """Make what can be exchanged for the cookie once, soon: a browser's command line is seen by other users."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket.encode()] = time.monotonic() + _TICKET_SECONDS
        return ticket

    def exchange(self, given: str) -> bool:
        """Tell whether ``given`` is the token, or a ticket, which is used up by this."""
        ends = self._tickets.pop(given.encode(errors="replace"), 0.0)
        return time.monotonic() < ends or self.is_token(given)

    def is_token(self, given: str) -> bool:
        """Compare with the token, in a time that tells nothing."""
        return hmac.compare_digest(given.encode(errors="replace"), self._token)

    def is_cookie(self, given: str) -> bool:
        """Compare with the value of the cookie, in a time that tells nothing."""
        return hmac.compare_digest(given.encode(errors="replace"), self.cookie.encode())


class Hosts:
    """The names by which a server may be called; on loopback a short list, so that no other name can be led there."""

    def __init__(self, host: str, port: int) -> None:
        self._port = port
        self._names = {"127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host.lower()}
        self._any_address = not is_loopback(host)
        if self._any_address:
            own = socket.gethostname().lower()
            self._names |= {own, f"{own}.local"}

    def __contains__(self, given: object) -> bool:
        name, colon, port = str(given).lower().rpartition(":")
        if not colon or port.endswith("]"):
            name, port = str(given).lower(), "80"
        if port != str(self._port):
            return False
        # A name can be made to lead anywhere; an address is what it is.
        return name in self._names or (self._any_address and _is_address(name.strip("[]")))


class Access:
    """Lets through only requests that may be made, and gives every answer the headers that protect it.

    Args:
        page: the paths of the page's files, which need no token.
        open_paths: further paths that need none.
        upload_bytes: largest file that may be sent.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        tokens: Tokens,
        hosts: Hosts,
        metrics: Metrics,
        page: Collection[str],
        open_paths: Collection[str] = (),
        upload_bytes: int,
    ) -> None:
        self._app, self._tokens, self._hosts, self._metrics = app, tokens, hosts, metrics
        self._page, self._open, self._upload_bytes = frozenset(page), frozenset(open_paths), upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, path, headers = scope["method"], scope["path"], Headers(scope=scope)
        most, seconds = (self._upload_bytes, UPLOAD_SECONDS) if path == UPLOADS else (BODY_BYTES, BODY_SECONDS)
        body = _Body(receive, headers, most, seconds)
        protected = _Protected(send, body, "no-cache" if path in self._page else "no-store")
        try:
            self._check(method, path, headers)
            scope.setdefault("state", {})[AUTHENTICATED] = not self._is_open(method, path)
            body.check()
            await self._app(scope, body.receive, protected)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - what is not foreseen gets an answer too
            refusal = refusal_of(error)
            if refusal.reason:
                self._metrics.refused(refusal.reason)
            if not protected.started:
                await _refuse(refusal, path, protected)

    def _check(self, method: str, path: str, headers: Headers) -> None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            raise RefusedError(
                400, "this host name is not the server's; use the address that it printed", reason="host"
            )
        origins = headers.getlist("origin")
        if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in origins):
            raise RefusedError(403, "another site may not ask this server", reason="origin")
        # A link to the page may stand anywhere: it shows nothing before the token is given.
        visited = (
            self._is_page(method, path)
            and headers.get("sec-fetch-mode") == "navigate"
            and headers.get("sec-fetch-dest") == "document"
        )
        if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"} and not visited:
            raise RefusedError(403, "another site may not ask this server", reason="site")
        if not self._is_open(method, path):
            self._authenticate(method, headers)
        if method not in _SAFE:
            self._check_type(method, path, headers)

    def _is_page(self, method: str, path: str) -> bool:
        return path in self._page and method in _SAFE

    def _is_open(self, method: str, path: str) -> bool:
        return path in self._open or self._is_page(method, path)

    def _authenticate(self, method: str, headers: Headers) -> None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme:
            if scheme.lower() != "bearer" or not self._tokens.is_token(given.strip()):
                raise RefusedError(401, "the token is wrong; the server printed it when it started", reason="token")
            return
        if not self._has_cookie(headers):
            raise RefusedError(
                401, "send the token that the server printed, as the header Authorization: Bearer TOKEN", reason="token"
            )
        # No form and no image can set a header, whatever cookie comes with them.
        if method not in _SAFE and headers.get(OWN_HEADER) != "1":
            raise RefusedError(403, f"with the cookie the header {OWN_HEADER}: 1 is needed too", reason="header")

    def _has_cookie(self, headers: Headers) -> bool:
        # Other servers under this name add pairs in any form, also of our name: theirs must not hide the right one.
        pairs = [pair.strip().partition("=") for line in headers.getlist("cookie") for pair in line.split(";")]
        return any(self._tokens.is_cookie(value) for name, _, value in pairs if name == self._tokens.cookie_name)

    def _check_type(self, method: str, path: str, headers: Headers) -> None:
        if method == "DELETE":
            return
        wanted = "application/octet-stream" if path == UPLOADS else "application/json"
        if headers.get("content-type", "").partition(";")[0].strip().lower() != wanted:
            raise RefusedError(415, f"send it as Content-Type: {wanted}", reason="type")


class _Body:
    """The body of a request, received within limits of bytes and of seconds."""

    def __init__(self, receive: Receive, headers: Headers, most: int, seconds: float) -> None:
        self._receive, self._most, self._seconds = receive, most, seconds
        self._length = headers.get("content-length", "0")
        self._ends, self._got = time.monotonic() + seconds, 0
        self.complete = self._length == "0" and "transfer-encoding" not in headers

    def check(self) -> None:
        """Look at what the body says of its length.

        Raises:
            RefusedError: it is larger than the limit.
        """
        if not self._length.isdecimal() or int(self._length) > self._most:
            raise self._too_large()

    async def receive(self) -> Message:
        """Receive the next piece, or, after the last one, that the client has gone.

        Raises:
            RefusedError: the body is too large, or too slow.
        """
        if self.complete:
            return await self._receive()
        try:
            with anyio.fail_after(self._ends - time.monotonic()):
                message = await self._receive()
        except TimeoutError:
            raise RefusedError(408, f"the body was not complete after {self._seconds:g} s", reason="slow") from None
        self._got += len(message.get("body", b""))
        self.complete = not message.get("more_body", False)
        if self._got > self._most:
            raise self._too_large()
        return message

    def _too_large(self) -> RefusedError:
        return RefusedError(413, f"larger than the limit of {self._most / 1e6:g} MB", reason="size")


class _Protected:
    """The answer on its way, given the headers that protect it."""

    def __init__(self, send: Send, body: _Body, caching: str) -> None:
        self._send, self._body, self._caching = send, body, caching
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", self._caching)
            if not self._body.complete:
                headers["Connection"] = "close"  # the rest of a body that is refused is not waited for
        await self._send(message)


async def _refuse(refusal: RefusedError, path: str, send: Send) -> None:
    body = body_of(refusal, path)
    headers = {**refusal.headers, "Content-Type": "application/json", "Content-Length": str(len(body))}
    if refusal.status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = "Bearer"
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a server that listens at ``host``."""
    return host.lower() == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
