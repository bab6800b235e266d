"""Models are pulled from a hub that a server on this machine plays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from qa.errors import ModelError
from qa.models.files import find_models, parts_of, resolve
from qa.models.hub import pull
from tests.serving import QuietHandler, serving

CONTENT = b"GGUF" + bytes(range(256)) * 4000


class _Hub(QuietHandler, BaseHTTPRequestHandler):
    """Speaks what the hub's client asks for: the tree of a repository, and its files in pieces."""

    files: dict[str, bytes]
    said_sha256: str
    cut: int
    ranges: list[str]

    def do_HEAD(self) -> None:
        self._file(with_content=False)

    def do_GET(self) -> None:
        if self.path.startswith("/api/models/owner/repo/tree/"):
            listed = [
                {"type": "file", "path": name, "size": len(c), "oid": "0" * 40, "lfs": self._lfs(c)}
                for name, c in self.files.items()
            ]
            self._send(200, json.dumps(listed).encode(), {"Content-Type": "application/json"})
        elif self.path.startswith("/owner/repo/resolve/"):
            self._file(with_content=True)
        else:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})

    def _lfs(self, content: bytes) -> dict[str, Any]:
        return {
            "oid": self.said_sha256 or hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "pointerSize": 134,
        }

    def _file(self, *, with_content: bool) -> None:
        content = self.files[self.path.split("/", 5)[5].split("?")[0]]
        etag = hashlib.sha256(content).hexdigest()
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": "1" * 40, "Accept-Ranges": "bytes"}
        wanted = self.headers.get("Range")
        if not with_content:
            self._send(200, b"", {**headers, "Content-Length": str(len(content))})
            return
        start = 0
        if wanted:
            self.ranges.append(wanted)
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        if type(self).cut:
            type(self).cut -= 1
            self.send_response(206 if wanted else 200)
            for name, value in {**headers, "Content-Length": str(len(content) - start)}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[start : start + 400_000])
            self.close_connection = True
            return
        self._send(206 if wanted else 200, content[start:], headers)

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Hub]]:
    _Hub.files = {"small-Q4_K_M.gguf": CONTENT, "small-Q8_0.gguf": CONTENT[::-1], "README.md": b"# small"}
    _Hub.said_sha256, _Hub.cut, _Hub.ranges = "", 0, []
    with serving(_Hub) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        yield _Hub


def test_a_quantisation_is_pulled_and_checked(hub: type[_Hub], tmp_path: Path) -> None:
    assert pull("owner/repo:q8_0", tmp_path, quiet=True).read_bytes() == CONTENT[::-1]
    assert pull("owner/repo", tmp_path, quiet=True).name == "small-Q4_K_M.gguf"
    assert [p.name for p in find_models(tmp_path)] == ["small-Q4_K_M.gguf", "small-Q8_0.gguf"]
    assert resolve("small-Q8_0", tmp_path) == str(tmp_path / "owner/repo/small-Q8_0.gguf")


def test_a_download_that_is_cut_goes_on_where_it_was(
    hub: type[_Hub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.cut = 1
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1000)
    assert pull("owner/repo", tmp_path, quiet=True).read_bytes() == CONTENT
    assert hub.ranges == ["bytes=400000-"]


def test_a_split_model_is_pulled_whole(hub: type[_Hub], tmp_path: Path) -> None:
    hub.files = {f"big-q4_k_m-0000{n}-of-00002.gguf": bytes([n]) * 9 for n in (2, 1)}
    first = pull("owner/repo", tmp_path, quiet=True)
    assert first.name == "big-q4_k_m-00001-of-00002.gguf"
    assert [p.read_bytes() for p in parts_of(first)] == [b"\1" * 9, b"\2" * 9]
    assert list(find_models(tmp_path)) == [first]


def test_a_file_that_is_not_what_the_hub_names_is_deleted(hub: type[_Hub], tmp_path: Path) -> None:
    hub.said_sha256 = "0" * 64
    with pytest.raises(ModelError, match=r"the sha256 of small-Q4_K_M\.gguf is not the hub's"):
        pull("owner/repo", tmp_path, quiet=True)
    assert list(find_models(tmp_path)) == []


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("owner/repo:Q2_K", "no Q2_K in this repository; it has small-Q4_K_M.gguf, small-Q8_0.gguf"),
        ("owner/other", "cannot be fetched: "),
        ("small", "not OWNER/REPO"),
    ],
)
def test_what_cannot_be_pulled_is_said(tmp_path: Path, named: str, said: str) -> None:
    with pytest.raises(ModelError, match=said) as error:
        pull(named, tmp_path, quiet=True)
    assert "\n" not in str(error.value)


def test_a_hub_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with pytest.raises(ModelError, match="cannot be fetched"):
        pull("owner/repo", tmp_path, quiet=True)
