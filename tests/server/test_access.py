"""What an attacker would try: another site's page, another name, no token, bodies without end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import msgspec
import pytest
from starlette.testclient import TestClient

from qa.server import access
from qa.server.access import Access, Hosts, Tokens, is_loopback
from qa.server.library.sources import Sources
from qa.server.metrics import Metrics
from tests.server.conftest import PORT, TOKEN, Serve

HOST = f"127.0.0.1:{PORT}"
ASK = {"question": "Who founded the bakery?"}
KEPT_APART = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
)


@pytest.fixture
def client(serve: Serve) -> TestClient:
    return serve()


@pytest.fixture
def stranger(client: TestClient) -> Iterator[TestClient]:
    """Somebody without the token."""
    with TestClient(client.app, str(client.base_url)) as other:
        yield other


@pytest.fixture
def browser(stranger: TestClient) -> TestClient:
    """A browser that has exchanged the token for the cookie."""
    assert stranger.post("/api/v1/session", json={"token": TOKEN}).status_code == 204
    return stranger


def refused(response: httpx2.Response, status: int) -> str:
    """Return why a request was refused, with ``status``, in one line of JSON."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    found = response.json()
    assert (found["schema"], found["line"], found["id"]) == ("qa.error/1", None, None)
    assert "\n" not in found["error"]
    return str(found["error"])


def kept_apart(response: httpx2.Response) -> None:
    assert {name: response.headers.get(name) for name in KEPT_APART} == KEPT_APART
    assert response.headers["content-security-policy"] == POLICY
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "name", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", f"127.0.0.2:{PORT}", "", f"a@{HOST}"]
)
@pytest.mark.parametrize("path", ["/", "/api/v1/sources", "/healthz"])
def test_a_name_that_was_led_here_gets_nothing(client: TestClient, name: str, path: str) -> None:
    response = client.get(path, headers={"Host": name})
    assert "host name" in refused(response, 400)
    kept_apart(response)


def test_two_names_are_one_too_many(client: TestClient) -> None:
    response = client.get("/healthz", headers=[("Host", HOST), ("Host", "evil.example")])
    refused(response, 400)


@pytest.mark.parametrize("name", [HOST, f"localhost:{PORT}", f"LOCALHOST:{PORT}", f"[::1]:{PORT}"])
def test_the_names_of_this_machine_are_its_own(client: TestClient, name: str) -> None:
    assert client.get("/api/v1/sources", headers={"Host": name}).is_success


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1:8643", "http://localhost:8642", "https://127.0.0.1:8642", ""],
)
def test_another_origin_is_refused_even_with_the_token(client: TestClient, origin: str) -> None:
    response = client.post("/api/v1/ask", json=ASK, headers={"Origin": origin})
    assert "another site" in refused(response, 403)
    kept_apart(response)


def test_the_page_itself_may_ask(browser: TestClient) -> None:
    headers = {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin", "X-QA": "1"}
    assert browser.post("/api/v1/ask", json=ASK, headers=headers).json()["status"] == "answered"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
@pytest.mark.parametrize("path", ["/api/v1/sources", "/healthz", "/openapi.json", "/"])
def test_a_request_that_another_site_caused_is_refused(browser: TestClient, site: str, path: str) -> None:
    assert "another site" in refused(browser.get(path, headers={"Sec-Fetch-Site": site, "X-QA": "1"}), 403)


def test_a_link_may_lead_to_the_page_and_to_nothing_else(browser: TestClient) -> None:
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    page = browser.get("/", headers=visit)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    kept_apart(page)
    refused(browser.get("/api/v1/sources", headers=visit), 403)
    refused(browser.get("/", headers={**visit, "Sec-Fetch-Dest": "iframe"}), 403)


@pytest.mark.parametrize(
    "path",
    ["/api/v1/sources", "/api/v1/conversations", "/openapi.json", "/metrics", "/v1/models", "/nothing", "/docs"],
)
def test_without_the_token_nothing_is_told(stranger: TestClient, path: str) -> None:
    response = stranger.get(path)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    kept_apart(response)
    for headers in (
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer \xff\xfe"},
        {"Cookie": f"qa-{PORT}=wrong"},
        {"Cookie": f"qa-{PORT}={TOKEN.split()[0]}"},
        {"Cookie": f"qa-{PORT}="},
        {"Cookie": ';;=;"\\'},
    ):
        raw = [(n.encode(), v.encode("latin-1")) for n, v in headers.items()]
        assert stranger.get(path, headers=raw).status_code == 401, headers


def test_the_token_in_the_address_is_no_token(stranger: TestClient) -> None:
    assert stranger.get("/api/v1/sources", params={"token": TOKEN}).status_code == 401


def test_what_needs_no_token_tells_nothing(stranger: TestClient) -> None:
    assert stranger.get("/healthz").json() == {"ok": True}
    assert stranger.get("/readyz").json() == {"ready": True}


def test_the_token_is_exchanged_for_a_cookie_that_no_script_reads(stranger: TestClient) -> None:
    for wrong in ("", "wrong", "ключ", TOKEN + " ", "\x00"):
        refused(stranger.post("/api/v1/session", json={"token": wrong}), 401)
    response = stranger.post("/api/v1/session", json={"token": TOKEN})
    (cookie,) = response.headers.get_list("set-cookie")
    assert TOKEN not in cookie
    assert cookie.split("; ")[0].startswith(f"qa-{PORT}=")
    assert {*cookie.split("; ")[1:]} == {"HttpOnly", "SameSite=strict", "Path=/"}
    kept_apart(response)
    assert stranger.get("/api/v1/sources").is_success


def test_a_ticket_is_good_for_one_use_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens(TOKEN, PORT)
    ticket = tokens.ticket()
    assert not tokens.is_token(ticket)
    assert tokens.exchange(ticket)
    assert not tokens.exchange(ticket)
    late = tokens.ticket()
    monkeypatch.setattr("time.monotonic", lambda: 1e9)
    assert not tokens.exchange(late)
    assert tokens.exchange(TOKEN)


def test_with_the_cookie_alone_nothing_can_be_changed(browser: TestClient) -> None:
    assert "X-QA" in refused(browser.post("/api/v1/ask", json=ASK), 403)
    refused(browser.delete("/api/v1/sources/x"), 403)
    refused(browser.post("/api/v1/ask", json=ASK, headers={"X-QA": "0"}), 403)
    assert browser.post("/api/v1/ask", json=ASK, headers={"X-QA": "1"}).is_success


@pytest.mark.parametrize(
    "around",
    [
        'theme={{"a":1}}; {}',
        "novalue; {}",
        "x[y]=1; {}",
        '{}; a b="',
        f"qa-{PORT}=wrong; {{}}",
        f"{{}}; qa-{PORT}=wrong",
        f"qa-{PORT}; {{}}; qa-{PORT}=",
    ],
)
def test_a_cookie_of_another_server_does_not_hide_ours(stranger: TestClient, around: str) -> None:
    pair = f"qa-{PORT}={Tokens(TOKEN, PORT).cookie}"
    assert stranger.get("/api/v1/sources", headers={"Cookie": around.format(pair)}).is_success
    refused(stranger.get("/api/v1/sources", headers={"Cookie": around.format("qa-1=x")}), 401)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_form_cannot_ask(client: TestClient, kind: str) -> None:
    body = msgspec.json.encode(ASK)
    assert "application/json" in refused(client.post("/api/v1/ask", content=body, headers={"Content-Type": kind}), 415)
    refused(client.post("/api/v1/session", content=body, headers={"Content-Type": kind}), 415)
    sent = client.post("/api/v1/sources?name=a.txt", content=b"x", headers={"Content-Type": kind})
    assert "octet-stream" in refused(sent, 415)


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "TRACE", "DELETE"])
def test_other_methods_open_nothing(client: TestClient, method: str) -> None:
    headers = {"Content-Type": "application/json", "Access-Control-Request-Method": "POST"}
    response = client.request(method, "/api/v1/ask", headers=headers)
    refused(response, 405)
    kept_apart(response)


def test_a_large_body_is_refused_by_what_it_says_and_by_what_it_is(client: TestClient) -> None:
    large = b'{"question": "' + b"x" * access.BODY_BYTES + b'"}'
    kind = {"Content-Type": "application/json"}
    for content in (large, iter([large[:500_000], large[500_000:]])):
        response = client.post("/api/v1/ask", content=content, headers=kind)
        assert "larger than the limit of 1 MB" in refused(response, 413)
        assert content is not large or response.headers["connection"] == "close"
    for length in ("-1", "1e3", "0x10", "9" * 50):
        response = client.post("/api/v1/ask", content=b"{}", headers={**kind, "Content-Length": length})
        refused(response, 413)


async def _never(*_: object) -> dict[str, object]:
    await asyncio.Event().wait()
    return {}


async def _endless() -> dict[str, object]:
    return {"type": "http.request", "body": b"x" * 100_000, "more_body": True}


@pytest.mark.parametrize(
    ("receive", "path", "status"),
    [(_never, "/api/v1/ask", 408), (_endless, "/api/v1/ask", 413), (_endless, "/api/v1/sources", 413)],
)
def test_a_slow_or_endless_body_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, receive: Callable[[], Any], path: str, status: int
) -> None:
    monkeypatch.setattr(access, "BODY_SECONDS", 0.05)
    sent: list[dict[str, Any]] = []
    got = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal got
        while (message := await receive()).get("more_body"):
            got += len(message["body"])

    async def send(message: Any) -> None:
        sent.append(message)

    guard = Access(
        app,
        tokens=Tokens(TOKEN, PORT),
        hosts=Hosts("127.0.0.1", PORT),
        metrics=(metrics := Metrics()),
        page=(),
        upload_bytes=3_000_000,
    )
    kind = "application/octet-stream" if path.endswith("sources") else "application/json"
    headers = {"host": HOST, "authorization": f"Bearer {TOKEN}", "content-type": kind, "transfer-encoding": "chunked"}
    raw = [(n.encode(), v.encode()) for n, v in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "headers": raw}
    asyncio.run(guard(scope, receive, send))
    assert sent[0]["status"] == status
    assert (b"connection", b"close") in sent[0]["headers"]
    assert got <= 3_000_000
    assert f'qa_refused_total{{reason="{"slow" if status == 408 else "size"}"}} 1.0' in metrics.text().decode()


@pytest.mark.parametrize(
    "identifier",
    [
        "../../etc/passwd",
        "%2e%2e",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "%2fetc%2fpasswd",
        "%00",
        "x" * 5000,
        "\N{SNOWMAN}",
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/sources/{}/text", "/api/v1/conversations/{}/export?format=md", "/{}"])
def test_a_path_is_no_id(client: TestClient, identifier: str, path: str) -> None:
    for method in ("GET", "DELETE"):
        response = client.request(method, path.format(identifier))
        assert response.status_code in {404, 405}, response.text
        assert "root:" not in response.text
        kept_apart(response)


def test_what_was_not_foreseen_tells_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(Sources, "listed", broken)
    response = client.get("/api/v1/sources")
    assert "secret" not in refused(response, 500)
    kept_apart(response)


def test_every_answer_of_the_api_is_kept_apart_and_not_stored(client: TestClient) -> None:
    for response in (
        client.get("/api/v1/sources"),
        client.post("/api/v1/ask", json=ASK),
        client.post("/api/v1/ask", json=ASK, headers={"Accept": "text/event-stream"}),
        client.get("/openapi.json"),
        client.get("/metrics"),
    ):
        assert response.is_success
        assert response.headers["cache-control"] == "no-store"
        kept_apart(response)


def test_where_other_machines_are_let_in_an_address_is_enough_and_a_foreign_name_is_not() -> None:
    hosts = Hosts("0.0.0.0", PORT)
    assert f"192.168.1.7:{PORT}" in hosts
    assert f"[fe80::1]:{PORT}" in hosts
    assert f"evil.example:{PORT}" not in hosts
    assert "192.168.1.7" not in hosts
    assert "192.168.1.7" in Hosts("0.0.0.0", 80)
    assert f"myhost:{PORT}" in Hosts("MyHost", PORT)


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False),
     ("192.168.1.7", False), ("::", False), ("localhost.evil.example", False), ("", False)],
)  # fmt: skip
def test_loopback_is_this_machine_alone(host: str, *, own: bool) -> None:
    assert is_loopback(host) == own
