"""A generator behind a server: a real llama.cpp server, and a bad one."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from qa.answering.assistant import Assistant
from qa.answering.parts import Parts, with_model
from qa.answering.writing.pattern import pattern_for
from qa.errors import ModelError, UsageError
from qa.models.files import bundled_file
from qa.models.generators.openai import OpenAIGenerator
from qa.models.select import load_generator
from qa.settings import Settings
from qa.types import Message
from tests.serving import QuietHandler, serving

KEY = "sk-very-secret-0123456789"
ASKED = [Message("user", "Who?")]


class _Server(QuietHandler, BaseHTTPRequestHandler):
    pieces: list[str]
    status: int
    raw: bytes
    seconds: float
    asked: list[dict[str, object]]
    keys: list[str]
    cut: bool
    packed: bool
    endless: bool
    sent: int

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.keys.append(self.headers["Authorization"])
        time.sleep(self.seconds)
        self.send_response(self.status)
        self.send_header("Content-Type", "text/event-stream" if self.status == 200 else "application/json")
        if self.cut:
            self.send_header("Content-Length", "1000000")
        if self.packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if self.endless:
            self._write_for_ever()
        if self.raw:
            self.wfile.write(self.raw)
            return
        for piece in self.pieces:
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            delta = {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
            self.wfile.write(f"data: {json.dumps({**chunk, **delta})}\n\n".encode())
        if self.cut:
            return
        self.wfile.write(b"data: [DONE]\n\n")

    def _write_for_ever(self) -> None:
        packer = zlib.compressobj(wbits=31)
        while True:
            block = b"data: " + b"x" * 1_000_000
            self.wfile.write(packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH) if self.packed else block)
            _Server.sent += 1


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., OpenAIGenerator]]:
    _Server.pieces, _Server.status, _Server.raw, _Server.seconds = [], 200, b"", 0.0
    _Server.asked, _Server.keys, _Server.cut = [], [], False
    _Server.packed, _Server.endless, _Server.sent = False, False, 0
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving(_Server) as address:
        yield lambda seconds=10.0: OpenAIGenerator("m", f"{address}/v1", seconds=seconds)


def test_a_text_is_streamed(server: Callable[..., OpenAIGenerator]) -> None:
    _Server.pieces = ["Maria ", "", "Lopez [1]."]
    generation = server().generate(ASKED, max_tokens=20, pattern=pattern_for(1))
    assert list(generation) == ["Maria ", "Lopez [1]."]
    assert generation.usage.completion == 2
    assert _Server.asked[0]["messages"] == [{"role": "user", "content": "Who?"}]
    assert (_Server.asked[0]["max_tokens"], _Server.asked[0]["temperature"]) == (20, 0.0)
    assert _Server.keys == [f"Bearer {KEY}"]


def test_what_breaks_the_form_ends_the_text(server: Callable[..., OpenAIGenerator]) -> None:
    _Server.pieces = ["Maria Lopez [7] and ", "more"]
    assert "".join(server().generate(ASKED, max_tokens=20, pattern=pattern_for(1))) == "Maria Lopez ["


def test_a_text_without_end_is_left(server: Callable[..., OpenAIGenerator]) -> None:
    _Server.pieces = ["x" * 1000] * 50
    assert len("".join(server().generate(ASKED, max_tokens=10))) < 2000


@pytest.mark.parametrize("how", [(200, False), (200, True), (404, False), (404, True)])
def test_a_line_without_end_is_left(server: Callable[..., OpenAIGenerator], how: tuple[int, bool]) -> None:
    _Server.status, _Server.packed = how
    _Server.endless = True
    with pytest.raises(ModelError, match="larger than 8 MB"):
        list(server().generate(ASKED, max_tokens=10))
    assert _Server.sent < 200


@pytest.mark.parametrize(
    ("status", "raw", "said"),
    [
        (500, b"", "answers 500"),
        (401, json.dumps({"error": {"message": "no such key"}}).encode(), "answers 401: no such key"),
        (200, b"data: {not json}\n\n", "m at http://127.0.0.1"),
    ],
)
def test_a_bad_server_is_one_line(
    server: Callable[..., OpenAIGenerator], status: int, raw: bytes, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    _Server.status, _Server.raw = status, raw
    with pytest.raises(ModelError) as error:
        list(server().generate(ASKED, max_tokens=10))
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert KEY not in str(error.value) + caplog.text
    assert len(_Server.asked) <= 3


def test_a_stream_that_is_cut_is_said(server: Callable[..., OpenAIGenerator]) -> None:
    _Server.pieces, _Server.cut = ["Maria ", "Lopez"], True
    with pytest.raises(ModelError, match="m at http://127"):
        list(server().generate(ASKED, max_tokens=10))


def test_a_slow_server_is_left(server: Callable[..., OpenAIGenerator]) -> None:
    _Server.seconds = 1.0
    with pytest.raises(ModelError, match="timed out"):
        list(server(seconds=0.2).generate(ASKED, max_tokens=10))


def test_no_server_is_said() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ModelError, match="Connection error"):
        list(OpenAIGenerator("m", f"http://127.0.0.1:{port}/v1").generate(ASKED, max_tokens=10))


def test_another_machine_is_asked_only_if_that_is_allowed() -> None:
    for host in ("example.org", "192.168.0.4", "localhost.example.org"):
        with pytest.raises(UsageError, match="not on this machine"):
            OpenAIGenerator("m", f"http://{host}/v1")
        assert OpenAIGenerator("m", f"http://{host}/v1", allow_network=True).name == "openai:m"
    for wrong in ("", "localhost:8000"):
        with pytest.raises(UsageError, match="name a model and its server"):
            load_generator(Settings(base_url=wrong), "openai:m")


@pytest.mark.real
def test_a_real_server_writes_and_is_checked(real_parts: Parts, seed: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(bundled_file()), "--port", str(port)]
    with subprocess.Popen(
        [*command, "--n_ctx", "2048"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        try:
            base_url = f"http://127.0.0.1:{port}/v1"
            _wait_for(f"{base_url}/models")
            settings = Settings(index_dir=tmp_path, base_url=base_url)
            assistant = Assistant([str(seed)], settings, with_model(real_parts, settings, "openai:small"))
            answer = assistant.ask("Who leads the offensive?")
        finally:
            running.terminate()
    assert answer.models.generator == "openai:small"
    assert answer.timings.completion_tokens > 0
    assert "Golani" in answer.answer
    text = seed.read_text(encoding="utf-8")
    assert all(text[c.start : c.end] == c.quote for c in answer.citations)


def _wait_for(address: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            time.sleep(0.25)
    pytest.fail("the server did not start")
