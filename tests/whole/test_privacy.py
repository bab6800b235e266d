"""Nothing leaves the machine, and what is kept is for its owner alone and can be deleted."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.models import capability
from qa.settings import Settings
from qa.sources.uploads import Uploads

Run = Callable[..., tuple[int, str, str]]
QA = str(Path(sys.executable).with_name("qa"))
# Every look-up of a name and every connection but one to this machine's own processes is an error.
GUARD = """
import sys
def watch(event, arguments):
    if event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto"}:
        address = arguments[1] if event == "socket.connect" else arguments[0]
        if not isinstance(address, str | bytes) or event != "socket.connect":
            print("NETWORK", event, arguments, file=sys.stderr)
            import os; os._exit(99)
sys.addaudithook(watch)
from qa.cli.main import main
main()
"""


def commands(seed: Path, tmp_path: Path) -> list[list[str]]:
    return [
        ["ask", "Who commands the offensive?", "-s", str(seed), "--json"],
        ["list"],
        ["models"],
        ["doctor"],
        ["text", str(seed)],
    ]


@pytest.mark.real
def test_no_command_looks_a_name_up_or_connects(seed: Path, tmp_path: Path) -> None:
    around = {**os.environ, "QA_HOME": str(tmp_path)}
    for arguments in commands(seed, tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", GUARD, *arguments], env=around, capture_output=True, text=True, check=False
        )
        assert "NETWORK" not in done.stderr, done.stderr
        assert done.returncode in {0, 1} if arguments[0] == "doctor" else done.returncode == 0, done.stderr


@pytest.mark.real
@pytest.mark.skipif(
    sys.platform != "linux"
    or not shutil.which("unshare")
    or subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode != 0,
    reason="this system gives no network namespace",
)
def test_it_works_where_there_is_no_network_at_all(seed: Path, tmp_path: Path) -> None:
    around = {**os.environ, "QA_HOME": str(tmp_path)}
    arguments = ["ask", "How many people have died in the offensive?", "-s", str(seed), "-q"]
    done = subprocess.run(
        ["unshare", "-rn", QA, *arguments], env=around, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "826" in done.stdout


@pytest.mark.real
def test_what_is_kept_is_for_its_owner_alone_and_is_purged(
    qa: Run, seed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    before = os.umask(0o022)
    try:
        assert qa("ask", "Who commands the offensive?", "-s", seed)[0] == 0
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        assert qa("chat", seed)[0] == 0
    finally:
        os.umask(before)
    assert [p for p in home.rglob("*") if p.stat().st_mode & 0o077] == []
    status, out, err = qa("purge")
    assert status == 2
    assert "indexes: 1 in" in out
    assert "nothing was deleted" in err
    assert qa("purge", "--yes")[0] == 0
    assert [p for p in home.rglob("*") if p.is_file() and p.suffix != ".lock"] == []
    assert qa("purge")[:2] == (0, "no stored data\n")
    assert seed.exists()


def test_what_was_sent_to_the_server_is_purged_too(qa: Run, tmp_path: Path) -> None:
    uploads = Uploads(Settings())
    with uploads.receiving("a.txt") as incoming:
        incoming.write(b"x")
    assert "files sent to the server: 1 in" in qa("purge", "--yes")[1]
    assert [*uploads.folder.iterdir()] == []


def test_what_tests_found_of_models_is_purged_too(qa: Run) -> None:
    settings = Settings(model="openai:m", base_url="http://localhost:1")
    capability.keep(settings, capability.Capability("model", 12, 95.0, 90.0, 0.0, 1.0))
    assert "what tests found of models: 1 in" in qa("purge", "--yes")[1]
    assert capability.found(settings) is None


_FOLDERS = ("index_dir", "collections_dir", "models_dir", "pages_dir", "uploads_dir", "sessions_dir")


def test_files_of_others_are_not_purged(qa: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = [tmp_path / name / "mine" / "notes.txt" for name in _FOLDERS]
    for path in mine:
        path.parent.mkdir(parents=True)
        path.write_text("mine", encoding="utf-8")
        monkeypatch.setenv(f"QA_{path.parent.parent.name.upper()}", str(path.parent.parent))
    assert qa("purge", "--yes")[:2] == (0, "no stored data\n")
    assert all(path.exists() for path in mine)
