"""Work in a process of its own: how each bad end is told."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from qa.system.sandbox import ApartError, run_apart


def doing(code: str) -> str:
    """Name something to do where the name of a module is expected."""
    return f"errors import QAError as main; {code} #"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.abort()", "the library crashed"),
        ("import ctypes; ctypes.string_at(0)", "the library crashed"),
        ("import sys; sys.exit('first\\nlast')", "last"),
        ("raise ValueError('why')", "ValueError: why"),
        ("import time; time.sleep(60)", r"not done after 0\.5 s"),
        ("from qa.system.sandbox import limit; limit(seconds=9, memory=300_000_000); x = b'x' * 10**9", "MemoryError"),
    ],
)
def test_a_bad_end_is_one_line(code: str, said: str) -> None:
    with pytest.raises(ApartError, match=said) as error:
        run_apart(doing(code), [], seconds=0.5 if "sleep" in code else 20)
    assert "\n" not in str(error.value)


def test_a_loop_is_stopped_by_its_own_limit() -> None:
    with pytest.raises(ApartError, match="the library crashed"):
        run_apart(
            doing("from qa.system.sandbox import limit; limit(seconds=0, memory=10**10)\nwhile True: pass"),
            [],
            seconds=30,
        )


def test_a_module_of_the_working_folder_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('taken over')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    printed = run_apart(doing("import msgspec; print(msgspec.__file__)"), [], seconds=20)
    assert os.fsencode(sys.prefix) in printed
