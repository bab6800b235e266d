"""A real server on a real socket: its connections, its end, and what it prints."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
import uvicorn
from starlette.testclient import TestClient

from qa.server import run
from tests.conftest import FakeGenerator, Scripted
from tests.server import fakes
from tests.server.conftest import PORT, TOKEN, Serve, until

HEADERS = {"Authorization": f"Bearer {TOKEN}", "Host": f"127.0.0.1:{PORT}"}
HEAD = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n"


@contextmanager
def listening(client: TestClient) -> Iterator[int]:
    """Let the server of ``client`` listen at a port as the real one does; give the port."""
    bound = run.bind("127.0.0.1", 0)
    # Connections inherit it, and so soon wait for who takes nothing.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    server = uvicorn.Server(run.config_of(client.app))  # type: ignore[arg-type]
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([bound])))
    thread.start()
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as made:
        yield made


def closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@contextmanager
def deaf(port: int, requests: int = 3000) -> Iterator[socket.socket]:
    """Ask for much at once, and take nothing of it."""
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        made.connect(("127.0.0.1", port))
        made.settimeout(0.1)
        with suppress(TimeoutError):
            made.sendall(f"GET /style.css HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n\r\n".encode() * requests)
        made.settimeout(20)
        yield made


def cut_off(connection: socket.socket) -> bool:
    """Tell whether the other end closed the connection with most of what was asked still to be sent."""
    got = 0
    with suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            got += len(piece)
            if got > 10_000_000:
                return False
    return True


class Waiting(FakeGenerator):
    """Writes when it may, and notes how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.may, self.asked = threading.Event(), 0

    def generate(self, messages: object, *, max_tokens: int, pattern: str | None = None) -> Scripted:
        self.asked += 1
        self.may.wait(20)
        return Scripted("Maria Lopez founded it [1].")


def test_a_head_that_does_not_end_is_not_waited_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PATIENCE", 0.3)
    with listening(serve()) as port, connected(port) as nothing, connected(port) as slow, connected(port) as second:
        slow.sendall(HEAD.encode())
        second.sendall(f"{HEAD}\r\n".encode())
        assert second.recv(12) == b"HTTP/1.1 200"
        second.sendall(HEAD.encode())
        began = time.monotonic()
        while second.recv(4096):
            pass
        assert closed(nothing)
        assert closed(slow)
        assert time.monotonic() - began < 5


def test_a_thousand_connections_keep_nobody_out(serve: Serve) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192) if most > 0 else 8192, most))
    try:
        with listening(serve()) as port, ExitStack() as stack:
            held = [stack.enter_context(connected(port)) for _ in range(1000)]
            for half in held[::2]:
                half.sendall(HEAD.encode())
            answer = httpx2.post(
                f"http://127.0.0.1:{port}/api/v1/ask", json={"question": "Who?"}, headers=HEADERS, timeout=20
            )
            assert answer.json()["status"] == "answered"
            until(lambda: closed(held[0]))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_too_many_connections_do_not_end_one_that_is_being_answered(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "CONNECTIONS", 5)
    generator = Waiting()
    with listening(serve(generator=generator)) as port, ExitStack() as stack:
        answers: list[httpx2.Response] = []
        url = f"http://127.0.0.1:{port}/api/v1/ask"
        asking = threading.Thread(
            target=lambda: answers.append(
                httpx2.post(url, json={"question": "Who founded it?"}, headers=HEADERS, timeout=20)
            )
        )
        asking.start()
        until(lambda: generator.asked == 1)
        for _ in range(50):
            stack.enter_context(connected(port))
        generator.may.set()
        asking.join()
        assert answers[0].json()["status"] == "answered"


def test_who_takes_no_answer_keeps_nobody_out(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CONNECTIONS", 5)
    stuck: set[run._Connection] = set()
    paused = run._Connection.pause_writing

    def noting(self: run._Connection) -> None:
        stuck.add(self)
        paused(self)

    monkeypatch.setattr(run._Connection, "pause_writing", noting)
    with listening(serve()) as port, ExitStack() as stack:
        idle = stack.enter_context(connected(port))
        for _ in range(4):
            stack.enter_context(deaf(port))
        until(lambda: len(stuck) == 4)
        for _ in range(3):
            assert httpx2.get(f"http://127.0.0.1:{port}/healthz", headers=HEADERS, timeout=20).is_success
        idle.sendall(f"{HEAD}\r\n".encode())
        assert idle.recv(12) == b"HTTP/1.1 200"


def test_who_takes_no_answer_is_not_waited_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PATIENCE", 0.5)
    with listening(serve()) as port, deaf(port) as held:
        time.sleep(1.5)
        assert cut_off(held)


def test_a_body_that_does_not_come_keeps_nobody_out(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CONNECTIONS", 5)
    head = f"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nContent-Type: application/json\r\n"
    with listening(serve()) as port, ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(connected(port)).sendall(f"{head}Content-Length: 9\r\n\r\n".encode())
        time.sleep(0.2)
        assert httpx2.get(f"http://127.0.0.1:{port}/healthz", headers=HEADERS, timeout=20).is_success


def test_a_long_answer_over_a_slow_line_arrives(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PATIENCE", 0.3)
    (tmp_path / "long.txt").write_text("A long story is told here. " * 100_000, encoding="utf-8")
    client = serve(tmp_path / "long.txt")
    identifier = client.get("/api/v1/sources").json()["sources"][0]["id"]
    head = f"GET /api/v1/sources/{identifier}/text HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\n"
    with listening(client) as port, connected(port) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        slow.sendall(f"{head}Authorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n".encode())
        got = 0
        while piece := slow.recv(100_000):
            got += len(piece)
            time.sleep(0.01)
        assert got > 2_500_000


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_who_closes_the_connection_is_not_worked_for(serve: Serve, accept: str) -> None:
    generator = Waiting()
    client = serve(generator=generator)
    with listening(client) as port, ExitStack() as stack:
        body = '{"question": "Who founded it?"}'
        request = "".join(
            f"{line}\r\n"
            for line in (
                "POST /api/v1/ask HTTP/1.1",
                f"Host: 127.0.0.1:{PORT}",
                f"Authorization: Bearer {TOKEN}",
                "Content-Type: application/json",
                f"Content-Length: {len(body)}",
                f"Accept: {accept}",
                "",
            )
        )
        asking = [stack.enter_context(connected(port)) for _ in range(3)]
        for one in asking:
            one.sendall(f"{request}{body}".encode())
        until(lambda: "qa_waiting 2.0" in client.get("/metrics").text)
        until(lambda: generator.asked == 1)
        for one in asking:
            one.close()
        until(lambda: "qa_waiting 0.0" in client.get("/metrics").text)
        generator.may.set()
        until(lambda: 'qa_questions_total{status="cancelled"} 1.0' in client.get("/metrics").text)
        assert generator.asked == 1


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_ends_it_at_once_also_with_streams_open(article: Path, sent: signal.Signals, status: int) -> None:
    with fakes.serving(article) as (running, address), ExitStack() as stack:
        client = stack.enter_context(httpx2.Client(base_url=address, timeout=20))
        headers = {"Authorization": f"Bearer {fakes.TOKEN}", "Accept": "text/event-stream"}
        until(lambda: client.get("readyz").is_success)
        question = {"question": f"{fakes.DRAWLING}?"}
        stream = stack.enter_context(client.stream("POST", "api/v1/ask", json=question, headers=headers))
        idle = stack.enter_context(connected(int(address.rstrip("/").rpartition(":")[2])))
        began = time.monotonic()
        running.send_signal(sent)
        assert running.wait(timeout=20) == status
        assert time.monotonic() - began < 3
        assert running.stderr
        assert "Traceback" not in running.stderr.read()
        assert 'event: error\ndata: {"line":null,"error":"the server is stopping"' in stream.read().decode()
        assert closed(idle)


def test_the_browser_gets_a_ticket_and_only_where_there_is_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    run.open_browser("http://127.0.0.1:1/")
    monkeypatch.setenv("DISPLAY", ":0")
    run.open_browser("http://127.0.0.1:2/")
    until(lambda: bool(opened))
    assert opened == ["http://127.0.0.1:2/"]


def test_what_is_sent_is_not_held_back_for_more(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once: list[int] = []
    made = run._Connection.connection_made

    def noting(self: run._Connection, transport: asyncio.Transport) -> None:
        at_once.append(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        made(self, transport)

    monkeypatch.setattr(run._Connection, "connection_made", noting)
    with listening(serve()) as port:
        assert httpx2.get(f"http://127.0.0.1:{port}/healthz", headers=HEADERS).is_success
    assert at_once == [1]
