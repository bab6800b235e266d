"""The command `qa serve`: what it prints, and what it refuses."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import httpx2
import pytest

from qa.server import run as module
from tests.server import fakes
from tests.server.conftest import until

Run = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.usefixtures("_fake_models")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Note with what the server is run, instead of running it."""
    calls: list[dict[str, object]] = []

    def noted(named: object, _: object, **options: object) -> module.Ended:
        calls.append({"named": named, **options})
        return module.Ended(interrupted=False, at_rest=True)

    monkeypatch.setattr(module, "serve", noted)
    return calls


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which something else listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_the_address_is_all_that_is_printed(article: Path) -> None:
    with fakes.started(
        "-m", "tests.server.fakes", "--", "serve", "--port", "0", "--no-browser", str(article)
    ) as running:
        assert running.stdout
        assert running.stderr
        address, _, token = running.stdout.readline().rstrip("\n").partition("#token=")
        assert len(token) >= 32
        until(lambda: httpx2.get(f"{address}readyz").is_success)
        headers = {"Authorization": f"Bearer {unquote(token)}"}
        (source,) = httpx2.get(f"{address}api/v1/sources", headers=headers).json()["sources"]
        assert (source["source"], source["status"]) == (str(article), "ready")
        running.terminate()
        assert running.wait(20) == 0
        assert running.stdout.read() == ""
        assert running.stderr.read() == "qa: that is the address of the page; Ctrl-C ends the server\n"


def test_a_port_in_use_is_one_line_with_the_way_out(qa: Run, taken: int) -> None:
    status, out, err = qa("serve", "--port", taken, "--no-browser")
    assert (status, out) == (1, "")
    assert err == f"qa: port {taken} is in use; name another with --port, or 0 for any free one\n"


def test_a_host_that_is_not_here_is_one_line(qa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_TOKEN", "a long enough token")
    status, _, err = qa("serve", "--host", "192.0.2.1", "--port", "0", "--no-browser")
    assert status == 1
    assert "qa: 192.0.2.1:0: cannot be listened at: " in err


def test_other_machines_are_let_in_only_with_a_token_of_the_users(
    qa: Run, monkeypatch: pytest.MonkeyPatch, served: list[dict[str, object]]
) -> None:
    status, _, err = qa("serve", "--host", "0.0.0.0", "--no-browser")
    assert (status, served) == (2, [])
    assert err == "qa: --host 0.0.0.0 lets other machines in; set QA_TOKEN to a long secret first\n"
    monkeypatch.setenv("QA_TOKEN", "a long enough token")
    status, _, err = qa("serve", "--host", "0.0.0.0", "--no-browser")
    assert (status, served[0]["token"]) == (0, "a long enough token")
    assert err.startswith("qa: whoever reaches 0.0.0.0 and knows the token can read")
    assert err.count("\n") == 1


@pytest.mark.parametrize("token", ["short", "x" * 15, "with a line\nbreak in it", "mit Umlaut: äöüäöüäöü", " " * 20])
def test_a_token_that_is_none_is_refused(qa: Run, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("QA_TOKEN", token)
    status, _, err = qa("serve", "--no-browser")
    assert (status, err) == (2, "qa: QA_TOKEN: give at least 16 letters, digits and signs of ASCII\n")


def test_each_start_has_another_token_and_the_shipped_article(qa: Run, served: list[dict[str, object]]) -> None:
    for _ in range(2):
        assert qa("serve", "--port", "0", "--no-browser")[0] == 0
    assert served[0]["token"] != served[1]["token"]
    assert [Path(str(name)).parent.name for name in served[0]["named"]] == ["seeds"]  # type: ignore[attr-defined]
    assert (served[0]["host"], served[0]["port"]) == ("127.0.0.1", 0)


def test_what_is_not_installed_is_named(qa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in sys.modules if n.startswith("qa.server")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette.datastructures", None)
    status, _, err = qa("serve", "--no-browser")
    assert status == 2
    assert err == "qa: starlette.datastructures is not installed; run `pip install 'article-qa[server]'`\n"


def test_the_help_loads_nothing_of_it() -> None:
    program = (
        "import sys, contextlib\nsys.argv = ['qa', '--help']\nfrom qa.cli.main import main\n"
        "with contextlib.suppress(SystemExit): main()\n"
        "print(sorted({'fastapi', 'starlette', 'uvicorn', 'prometheus_client', 'mcp'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "serve" in done.stdout
    assert done.stdout.endswith("[]\n")
