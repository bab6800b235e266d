"""Who may ask what: host names, origins, the token, the size and pace of what is sent; headers against other pages.

It is plain ASGI, so that streams go through it as they are.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import secrets
import time
from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from qa.server.metrics import Metrics
from qa.server.refusals import RefusedError, body_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

OWN_HEADER = "X-QA"
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
        path = scope["path"]
        started = False

        async def protected(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-cache" if path in self._page else "no-store")
            await send(message)

        try:
            headers = Headers(scope=scope)
            self._check(scope["method"], path, headers)
            await self._app(scope, self._limited(scope, headers, receive), protected)
        except RefusedError as refusal:
            if not started:
                await refuse(refusal, path, protected)
        except Exception:
            log.exception("%s %s: an error of ours", scope["method"], path)
            if not started:
                await refuse(RefusedError(500, "an error of the server's own; its log says more"), path, protected)

    def _check(self, method: str, path: str, headers: Headers) -> None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            raise self._refused("host", 400, "this host name is not the server's; use the address that it printed")
        origins = headers.getlist("origin")
        if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in origins):
            raise self._refused("origin", 403, "another site may not ask this server")
        page = path in self._page and method in _SAFE
        # A link to the page may stand anywhere: it shows nothing before the token is given.
        visited = page and headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"} and not visited:
            raise self._refused("site", 403, "another site may not ask this server")
        if not (page or path in self._open):
            self._authenticate(method, headers)
        if method not in _SAFE:
            self._check_type(method, path, headers)

    def _authenticate(self, method: str, headers: Headers) -> None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme:
            if scheme.lower() != "bearer" or not self._tokens.is_token(given.strip()):
                raise self._refused("token", 401, "the token is wrong; the server printed it when it started")
            return
        if not self._tokens.is_cookie(self._cookie(headers)):
            raise self._refused(
                "token", 401, "send the token that the server printed, as the header Authorization: Bearer TOKEN"
            )
        # No form and no image can set a header, whatever cookie comes with them.
        if method not in _SAFE and headers.get(OWN_HEADER) != "1":
            raise self._refused("header", 403, f"with the cookie the header {OWN_HEADER}: 1 is needed too")

    def _cookie(self, headers: Headers) -> str:
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(self._tokens.cookie_name)
        except CookieError:
            return ""
        return morsel.value if morsel else ""

    def _check_type(self, method: str, path: str, headers: Headers) -> None:
        if method == "DELETE":
            return
        wanted = "application/octet-stream" if path == UPLOADS else "application/json"
        if headers.get("content-type", "").partition(";")[0].strip().lower() != wanted:
            raise self._refused("type", 415, f"send it as Content-Type: {wanted}")

    def _limited(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        """Receive a body within its limits of bytes and of time."""
        upload = scope["path"] == UPLOADS
        most, seconds = (self._upload_bytes, UPLOAD_SECONDS) if upload else (BODY_BYTES, BODY_SECONDS)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            raise self._too_large(most)
        ends = time.monotonic() + seconds
        got, complete = 0, False

        async def limited() -> Message:
            nonlocal got, complete
            if complete:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), ends - time.monotonic())
            except asyncio.TimeoutError:
                raise self._refused("slow", 408, f"the body was not complete after {seconds:g} s") from None
            got += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if got > most:
                raise self._too_large(most)
            return message

        return limited

    def _too_large(self, most: int) -> RefusedError:
        return self._refused(
            "size", 413, f"more than {most / 1e6:g} MB; split it, or raise max_file_mb (QA_MAX_FILE_MB)"
        )

    def _refused(self, reason: str, status: int, text: str) -> RefusedError:
        self._metrics.refused(reason)
        return RefusedError(status, text)


async def refuse(refusal: RefusedError, path: str, send: Send) -> None:
    """Answer with a refusal, and close the connection: more of a body may be on its way."""
    body = body_of(refusal, path)
    headers = {
        **refusal.headers,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    if refusal.status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = "Bearer"
    await send(
        {
            "type": "http.response.start",
            "status": refusal.status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
    )
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
