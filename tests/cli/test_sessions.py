"""Saved conversations from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from qa.conversation.sessions import Sessions
from qa.types import Answer, Models

ANSWER = Answer("Who?", "Who?", "answered", "Maria.", (), 0.9, Models("e", "g"))


def test_sessions_from_the_command_line(qa: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    folder = tmp_path / "home" / "sessions"
    assert "no saved conversation in" in qa("sessions", "list")[2]
    Sessions(folder).begin(["a.txt"]).add(ANSWER)
    (kept,) = Sessions(folder).all()
    assert qa("sessions", "list")[1] == f"{kept.name}: 1 answers, Who?\n"
    assert "> Who?\nMaria." in qa("sessions", "show", kept.name)[1]
    assert qa("sessions", "export", kept.name, tmp_path / "talk.md")[0] == 0
    assert "Maria" in (tmp_path / "talk.md").read_text(encoding="utf-8")
    assert qa("sessions", "delete", kept.name)[0] == 0
    assert qa("sessions", "show", kept.name)[0] == 1


@pytest.mark.parametrize(
    "command",
    [("sessions", "list"), ("sessions", "show"), ("sessions", "delete"), ("remove",), ("models", "pull"), ("ask",)],
)
def test_the_help_of_quiet_fits_every_command(
    qa: Callable[..., tuple[int, str, str]], command: tuple[str, ...]
) -> None:
    shown = " ".join(qa(*command, "--help")[1].split())
    assert "Print only the result: no progress, no warnings." in shown
    assert "answer alone" not in shown
