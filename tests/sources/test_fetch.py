"""Pages from the web: a server on this machine plays the web, with the filter of addresses told to let it through."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from qa.errors import SourceError
from qa.settings import Settings
from qa.sources.fetch import Pages
from qa.sources.find import expand
from qa.sources.read import load
from qa.types import Limits
from tests.serving import QuietHandler, serving

PAGE = (
    "<!doctype html><html><head><title>The bakery</title></head><body><nav>Home | Contact</nav><article>"
    "<h1>The bakery</h1><p>The bakery opened in 1990. Zoë López founded it in Hilltown.</p>"
    "<p>It sells forty kinds of bread, and it has not been closed for a single day since.</p></article></body></html>"
)
MOVED = {"/moved": "/page", "/inside": "http://10.0.0.1/secret", "/round": "/round", "/file": "file:///etc/passwd"}
SERVED = {
    "/page": (PAGE.encode("latin-1"), "text/html; charset=iso-8859-1"),
    "/note": (b"The shop is closed on Mondays.", "text/plain"),
    "/picture": (b"\x89PNG", "image/png"),
    "/big": (b"x" * 3_000_000, "text/plain"),
}


class _Web(QuietHandler, BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path in MOVED:
            self.send_response(302)
            self.send_header("Location", MOVED[self.path])
            self.end_headers()
        elif self.path in SERVED:
            self._send(*SERVED[self.path])
        elif self.path == "/drip":
            self._send(b"", "text/plain")
            for _ in range(100):
                time.sleep(0.05)
                self.wfile.write(b"x")
        else:
            self.send_error(404, "Nothing here")

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def web() -> Iterator[str]:
    _Web.asked = []
    with serving(_Web) as address:
        yield address


@pytest.fixture
def _loopback_is_the_web(monkeypatch: pytest.MonkeyPatch) -> None:
    from requests_hardened import ip_filter, ip_filter_adapter

    def let_through(host: str, port: int, *, allow_loopback: bool) -> str:
        return str(ip_filter.filter_host(host, port, allow_loopback=True))

    monkeypatch.setattr(ip_filter_adapter, "filter_host", let_through)


def pages(tmp_path: Path, *, allowed: bool = True, seconds: float = 10.0) -> Pages:
    return Pages(Settings(pages_dir=tmp_path / "pages", allow_network=allowed, max_file_mb=2.0, fetch_seconds=seconds))


@pytest.mark.usefixtures("_loopback_is_the_web")
def test_a_page_is_fetched_once_and_kept_with_its_address(web: str, tmp_path: Path) -> None:
    (file,) = expand([f"{web}/moved"], pages(tmp_path))
    document = load(file, Limits(bytes=10**6))
    assert document.address == f"{web}/page"
    assert document.title == "The bakery"
    assert "Zoë López founded it in Hilltown." in document.text
    assert "Contact" not in document.text
    assert expand([f"{web}/moved"], pages(tmp_path, allowed=False)) == [file]
    assert _Web.asked == ["/moved", "/page"]
    assert Path(file).stat().st_mode & 0o777 == 0o600
    expand([f"{web}/moved"], pages(tmp_path), again=True)
    assert _Web.asked == ["/moved", "/page"] * 2


@pytest.mark.usefixtures("_loopback_is_the_web")
def test_a_plain_text_is_a_page_too(web: str, tmp_path: Path) -> None:
    (file,) = expand([f"{web}/note"], pages(tmp_path))
    assert load(file, Limits(bytes=10**6)).text == "The shop is closed on Mondays."


@pytest.mark.usefixtures("_loopback_is_the_web")
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/inside", "leads to the private address 10.0.0.1"),
        ("/round", "cannot be fetched: Exceeded 5 redirects"),
        ("/file", "cannot be fetched: No connection adapters"),
        ("/picture", "image/png is not supported"),
        ("/big", "more than 2.0 MB"),
        ("/none", "the server answers 404 Nothing here"),
    ],
)
def test_what_cannot_be_had_is_said(web: str, tmp_path: Path, path: str, said: str) -> None:
    with pytest.raises(SourceError) as error:
        expand([web + path], pages(tmp_path))
    assert said in str(error.value)
    assert not list(tmp_path.rglob("*.mhtml"))


@pytest.mark.usefixtures("_loopback_is_the_web")
def test_a_server_that_drips_is_left(web: str, tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"not complete after 0.5 s"):
        expand([f"{web}/drip"], pages(tmp_path, seconds=0.5))
    assert time.monotonic() - began < 3


def test_nothing_is_fetched_unless_it_is_allowed(web: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not downloaded yet; --allow-network permits the download"):
        expand([f"{web}/page"], pages(tmp_path, allowed=False))
    assert _Web.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "192.168.0.1", "0.0.0.0"])
def test_this_machine_and_its_network_are_never_fetched(web: str, tmp_path: Path, host: str) -> None:
    with pytest.raises(SourceError, match=r"private address|cannot be fetched"):
        expand([f"http://{host}:{web.rpartition(':')[2]}/page"], pages(tmp_path))
    assert _Web.asked == []


def test_a_name_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be fetched"):
        expand(["http://no-such-name.invalid/"], pages(tmp_path))
