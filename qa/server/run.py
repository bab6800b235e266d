"""The server from its start to its end: its parts, the socket, its connections, the browser, Ctrl-C."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from qa.answering.assistant import Assistant
from qa.answering.parts import load_parts
from qa.errors import QAError
from qa.models.select import load_embedder
from qa.server.access import AUTHENTICATED, Hosts, Tokens
from qa.server.app import create_app
from qa.server.conversations import Conversations
from qa.server.desk import Desk
from qa.server.library.collected import Collected
from qa.server.library.sources import Sources
from qa.server.metrics import Metrics
from qa.server.routing import Service
from qa.settings import Settings

CONNECTIONS = 200  # at a time; well below the files that a process may have open
PATIENCE = 10.0  # seconds for the head of a request to arrive, and for some of an answer to be taken
_ENDING = 1  # second for what is being sent, and one for what is being computed


class _Connection(H11Protocol):
    """A connection that nobody holds open for nothing: of too many, one without the token is closed.

    The first to go is the one whose answer is not taken for longest, then the one that is idle for longest.
    """

    _since: float
    _left = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > CONNECTIONS:
            others = (c for c in self.connections if isinstance(c, _Connection) and c is not self)
            min((c for c in others if not c.is_users), key=_Connection._order, default=self)._end()

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def is_users(self) -> bool:
        """Whether a request that came with the token is being answered."""
        return (
            self.cycle is not None
            and (self.flow.write_paused or not self.cycle.response_complete)
            and self.cycle.scope["state"].get(AUTHENTICATED, False)
        )

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not (self.is_idle or self.flow.write_paused):
            self._stop_waiting()

    def on_response_complete(self) -> None:
        self._wait()
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()

    def _order(self) -> tuple[bool, bool, float]:
        return not self.flow.write_paused, not self.is_idle, self._since

    def _stop_waiting(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _wait(self) -> None:
        self._since = time.monotonic()
        self._watch()

    def _watch(self) -> None:
        self._stop_waiting()
        self._left = self.transport.get_write_buffer_size()
        self._timer = self.loop.call_later(PATIENCE, self._give_up)

    def _give_up(self) -> None:
        if self.flow.write_paused and self.transport.get_write_buffer_size() < self._left:
            self._watch()  # a long text over a slow line
        elif self.flow.write_paused or self.is_idle:
            self._end()

    def _end(self) -> None:
        # The loop tells of its end later; until then it must not be chosen again.
        self.connections.discard(self)
        self.transport.abort()


class _Server(uvicorn.Server):
    """A server that ends what is open when it is told to end."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], object]) -> None:
        super().__init__(config)
        self._ending = ending
        self.interrupted = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # Uvicorn would raise the signal again in the middle of the event loop.
        self.interrupted |= sig == signal.SIGINT
        self.force_exit = self.should_exit
        self.should_exit = True
        # Not within the handler: what it interrupts may hold the desk's lock.
        threading.Thread(target=self._ending, name="ending", daemon=True).start()


@dataclass(frozen=True)
class Ended:
    """How a server ended: by Ctrl-C or not, and whether none of its threads is still computing."""

    interrupted: bool
    at_rest: bool


def serve(
    named: Sequence[str],
    settings: Settings,
    *,
    host: str,
    port: int,
    token: str,
    started: Callable[[str, Tokens], None],
    collection: str | None = None,
) -> Ended:
    """Serve the sources that are named, or a collection, until SIGTERM or Ctrl-C; ``started`` is told the address.

    Raises:
        QAError: the port is in use, or the collection, a model or a setting cannot be used.
    """
    with closing(bind(host, port)) as bound:
        port = bound.getsockname()[1]
        service = _service(settings, collection)
        tokens = Tokens(token, port)
        server = _Server(config_of(create_app(service, tokens=tokens, hosts=Hosts(host, port))), service.desk.close)
        service.sources.start(named)
        service.desk.start()
        started(_address(host, port), tokens)
        asyncio.run(server.serve([bound]))
    service.sources.close()
    answered = service.desk.close(_ENDING)
    return Ended(server.interrupted, at_rest=answered and service.sources.close())


def config_of(app: FastAPI) -> uvicorn.Config:
    """Say how an app is to be served."""
    return uvicorn.Config(
        app,
        http=_Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # what is worth a line is written by whoever it happens to
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_ENDING,
    )


def _service(settings: Settings, collection: str | None) -> Service:
    metrics, embedder = Metrics(), load_embedder(settings)
    sources = Sources(settings, embedder) if collection is None else Collected(settings, embedder, collection)
    assistants = []
    for _ in range(settings.answering_threads):
        parts = load_parts(settings)
        assistants.append(Assistant((), settings, parts, corpus=sources.corpus(parts.embedder)))
    desk = Desk(assistants, metrics, waiting=settings.waiting_questions, seconds=settings.answer_seconds)
    return Service(desk, sources, Conversations(settings), metrics, settings)


def bind(host: str, port: int) -> socket.socket:
    """Listen at a port, or at any free one where it is 0.

    Raises:
        QAError: it is in use, or the host is not this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Where the protocol is not named, asyncio does not switch off the delay of small packets: 40 ms for an answer.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen()
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise QAError(f"port {port} is in use; name another with --port, or 0 for any free one") from error
        raise QAError(f"{host}:{port}: cannot be listened at: {error.strerror or error}") from error
    return bound


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}/"


def open_browser(address: str) -> None:
    """Open an address in the user's browser, where there is a display for one."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return  # a browser in this very terminal would be in the way
    threading.Thread(target=webbrowser.open, args=(address,), name="browser", daemon=True).start()
