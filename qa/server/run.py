"""The server from its start to its end: the socket, the line with the address, the browser, Ctrl-C."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType

import uvicorn

from qa.answering.assistant import Assistant
from qa.answering.parts import load_parts
from qa.errors import QAError
from qa.models.select import load_embedder
from qa.server.access import Hosts, Tokens
from qa.server.app import create_app
from qa.server.conversations import Conversations
from qa.server.desk import Desk
from qa.server.metrics import Metrics
from qa.server.routing import Service
from qa.server.sources import Sources
from qa.settings import Settings


class _Server(uvicorn.Server):
    """A server that ends the streams that are open when it is told to end."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._ending()


def serve(
    named: Sequence[str],
    settings: Settings,
    *,
    host: str,
    port: int,
    token: str,
    started: Callable[[str, Tokens], None],
) -> None:
    """Serve until a signal ends it; ``started`` is told the address.

    Raises:
        QAError: the port is in use, or a model or a setting cannot be used.
        KeyboardInterrupt: Ctrl-C ended it.
    """
    bound = _bind(host, port)
    port = bound.getsockname()[1]
    metrics = Metrics()
    sources = Sources(settings, load_embedder(settings))
    assistants = []
    for _ in range(settings.answering_threads):
        parts = load_parts(settings)
        assistants.append(Assistant((), settings, parts, collection=sources.opener(parts.embedder)))
    desk = Desk(assistants, metrics, waiting=settings.waiting_questions, seconds=settings.answer_seconds)
    metrics.watch_sources(sources.count)
    service = Service(desk, sources, Conversations(settings), metrics, settings)
    tokens = Tokens(token, port)
    app = create_app(service, tokens=tokens, hosts=Hosts(host, port))
    config = uvicorn.Config(
        app, http="h11", ws="none", log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=1
    )
    server = _Server(config, desk.close)
    sources.start(named)
    desk.start()
    shown = f"[{host}]" if ":" in host else host
    started(f"http://{shown}:{port}/", tokens)
    try:
        asyncio.run(server.serve([bound]))
    finally:
        sources.close()
        desk.close(1.0)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise QAError(f"port {port} is in use; name another with --port, or 0 for any free one") from error
        raise QAError(f"{host}:{port}: cannot be listened at: {error.strerror}") from error
    return bound


def open_browser(address: str) -> None:
    """Open an address in the user's browser, where there is a display for one."""
    import webbrowser

    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return  # a browser in this very terminal would be in the way
    threading.Thread(target=webbrowser.open, args=(address,), name="browser", daemon=True).start()
