"""Two servers over one collection in a database, behind a balancer; one of them is killed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx2
import msgspec
import pytest

from qa.paths import CHECKOUT
from qa.settings import Settings
from tests.server import browsing
from tests.server.conftest import put_into, until
from tests.server.fakes import BRIEFLY, FAKES, SAID, TOKEN, serving_with

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
QUESTION = {"question": f"{BRIEFLY} can it be said who founded the bakery?"}


def free_port(*hosts: str) -> int:
    """Find a port that nobody has at any of these addresses."""
    while True:
        with socket.create_server((hosts[0], 0)) as first:
            port: int = first.getsockname()[1]
            try:
                for host in hosts[1:]:
                    socket.create_server((host, port)).close()
            except OSError:
                continue
            return port


@contextmanager
def balanced(folder: Path, port: int) -> Iterator[str]:
    """Run the balancer of the documentation before servers at ``port`` of two addresses; give its address."""
    assert HAPROXY
    assert CHECKOUT
    own = free_port("127.0.0.1")
    file = folder / "haproxy.cfg"
    documented = (CHECKOUT / "docs" / "haproxy.cfg").read_text(encoding="utf-8")
    file.write_text(documented.replace("8640", str(own)).replace("8642", str(port)), encoding="utf-8")
    with subprocess.Popen(
        [HAPROXY, "-f", file, "-db"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        try:
            yield f"http://127.0.0.1:{own}"
        finally:
            running.kill()


def is_up(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/readyz").is_success
    except httpx2.HTTPError:
        return False


def answered(address: str) -> float:
    """Return how many questions a server has answered."""
    lines = httpx2.get(f"{address}metrics", headers=HEADERS).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("qa_questions_total{"))


behind_it = pytest.mark.skipif(
    HAPROXY is None or sys.platform != "linux", reason="there is no HAProxy; install it to try two servers behind it"
)


@behind_it
def test_a_server_is_killed_and_every_question_is_answered(
    article: Path, settings: Settings, database: str, tmp_path: Path
) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    kept = article.rename(folder / article.name)
    put_into("news", folder, msgspec.structs.replace(settings, store=database))
    port = free_port("127.0.0.1", "127.0.0.2")

    def server(host: str) -> AbstractContextManager[tuple[subprocess.Popen[str], str]]:
        arguments = ("serve", "-c", "news", "--port", str(port), "--host", host)
        return serving_with(*FAKES, *arguments, QA_STORE=database, QA_MIN_CONFIDENCE="0.3")

    with (
        server("127.0.0.1") as (first, own),
        server("127.0.0.2") as (_, others),
        balanced(tmp_path, port) as address,
        ThreadPoolExecutor(4) as asking,
    ):

        def ask(_: int) -> tuple[int | str, ...]:
            reply = httpx2.post(f"{address}/api/v1/ask", json=QUESTION, headers=HEADERS, timeout=60)
            answer = reply.json()
            return reply.status_code, answer.get("status", ""), *(c["source"] for c in answer.get("citations", []))

        until(lambda: is_up(address), 60)
        replies = asking.map(ask, range(40))
        assert next(replies)[:2] == (200, "answered")
        until(lambda: answered(own) > 0 and answered(others) > 0, 60)
        first.kill()
        assert {next(replies), *replies} == {(200, "answered", str(kept))}


@behind_it
@pytest.mark.skipif(browsing.CHROMIUM is None, reason="there is no Chromium; install it to try the page in it")
def test_the_page_works_at_the_address_of_the_balancer_and_nowhere_else(article: Path, tmp_path: Path) -> None:
    port = free_port("127.0.0.1", "127.0.0.2")

    def server(host: str) -> AbstractContextManager[tuple[subprocess.Popen[str], str]]:
        environment = {"QA_HOME": str(tmp_path / host), "QA_MIN_CONFIDENCE": "0.3"}
        return serving_with(*FAKES, "serve", str(article), "--port", str(port), "--host", host, **environment)

    with server("127.0.0.1"), server("127.0.0.2"), balanced(tmp_path, port) as address, browsing.browsing() as browser:
        until(lambda: is_up(address), 60)
        visitor = browsing.Visitor(browser.new_page(), None, address)
        visitor.come(f"{address}/#token={TOKEN}")
        # The second question continues a conversation that one of the servers keeps.
        for _ in range(2):
            visitor.ask("Who founded the bakery?")
            assert visitor.answer == SAID
        assert visitor.problems == []
        assert len(list(tmp_path.glob("127.0.0.*/sessions/*.jsonl"))) == 1
        for origin, status in ((address, 200), ("http://evil.example", 403), (f"{address}.evil.example", 403)):
            sent = HEADERS | {"Origin": origin}
            assert httpx2.post(f"{address}/api/v1/ask", json=QUESTION, headers=sent).status_code == status
        assert httpx2.get(address, headers={"Host": f"evil.example:{address.rpartition(':')[2]}"}).status_code == 400
