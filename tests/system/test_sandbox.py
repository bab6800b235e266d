"""Work in a process of its own: what is run, and how each bad end is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.system.sandbox import SandboxError, SandboxTimeoutError, run_in_sandbox

_LIMITED = "from qa.system.sandbox import limit; limit(seconds={}, memory={}); {}"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Write a module that can be imported, and return its name."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]))

    def write(code: str) -> str:
        lines = "\n".join(f"    {line}" for line in code.splitlines())
        (folder / "sandboxed.py").write_text(f"import sys\n\ndef main():\n{lines}\n", encoding="utf-8")
        return "sandboxed"

    return write


def test_a_dotted_name_is_run_with_its_arguments_and_input() -> None:
    arguments = [".txt", "a.txt", "1000", str(10**9), "20"]
    assert b"It sells bread." in run_in_sandbox("qa.sources.worker", arguments, stdin=b"It sells bread.", seconds=20)


def test_a_name_is_never_run_as_source(tmp_path: Path) -> None:
    written = tmp_path / "written"
    for name in (f"errors import QAError as main; open({str(written)!r}, 'w') #", "'; import os; os.abort() #", "-h"):
        with pytest.raises(SandboxError, match="ModuleNotFoundError"):
            run_in_sandbox(name, [], seconds=20)
    assert not written.exists()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.abort()", "the library crashed"),
        ("import ctypes; ctypes.string_at(0)", "the library crashed"),
        ("sys.exit('first\\nlast')", "last"),
        ("raise ValueError('why')", "ValueError: why"),
        (_LIMITED.format(9, 300_000_000, "x = b'x' * 10**9"), "MemoryError"),
    ],
)
def test_a_bad_end_is_one_line(module: Callable[[str], str], code: str, said: str) -> None:
    with pytest.raises(SandboxError, match=said) as error:
        run_in_sandbox(module(code), [], seconds=20)
    assert "\n" not in str(error.value)


def test_what_takes_too_long_is_stopped(module: Callable[[str], str]) -> None:
    with pytest.raises(SandboxTimeoutError, match=r"not finished after 0\.5 s"):
        run_in_sandbox(module("import time; time.sleep(60)"), [], seconds=0.5)


def test_a_loop_is_stopped_by_its_own_limit(module: Callable[[str], str]) -> None:
    with pytest.raises(SandboxError, match="the library crashed"):
        run_in_sandbox(module(_LIMITED.format(0, 10**10, "\nwhile True: pass")), [], seconds=30)


def test_a_module_of_the_working_folder_is_not_taken(
    module: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("msgspec", "importlib"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken over')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    printed = run_in_sandbox(module("import msgspec; print(msgspec.__file__)"), [], seconds=20)
    assert os.fsencode(sys.prefix) in printed
