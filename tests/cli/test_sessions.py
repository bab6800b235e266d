"""Saved conversations from the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from qa.conversation.sessions import Sessions
from qa.types import Answer, Citation, Models

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


def test_what_an_answer_cites_is_found_from_another_folder(
    qa: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder, text in ((here, "Maria left."), (there, "Nobody left.")):
        folder.mkdir()
        (folder / "a.txt").write_text(text, encoding="utf-8")
    cited = [Citation(n, name, "0" * 64, 0, 11, "Maria left.", 0, 11) for n, name in ((1, "a.txt"), (2, "gone.txt"))]
    monkeypatch.chdir(here)
    sessions = Sessions(tmp_path / "home" / "sessions")
    sessions.begin(["a.txt"]).add(replace(ANSWER, citations=tuple(cited)))
    (kept,) = sessions.all()
    monkeypatch.chdir(there)
    status, _, err = qa("sessions", "export", kept.name, tmp_path / "talk.html")
    assert (status, err) == (
        0,
        f"qa: gone.txt: not found as it was cited; {tmp_path / 'talk.html'} has the quotes without it\n",
    )
    assert qa("sessions", "export", kept.name, tmp_path / "talk.jsonl")[0] == 0
    assert f'"source":"{here / "a.txt"}"' in (tmp_path / "talk.jsonl").read_text(encoding="utf-8")
    assert "<mark" in (tmp_path / "talk.html").read_text(encoding="utf-8")


def test_one_that_cannot_be_read_is_named_and_can_be_deleted(
    qa: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    folder = tmp_path / "home" / "sessions"
    folder.mkdir(parents=True)
    (folder / "torn.jsonl").write_bytes(b'{"sources"')
    assert "torn.jsonl: not a readable conversation; `qa sessions delete torn` removes it" in qa("sessions", "list")[2]
    assert qa("sessions", "delete", "torn")[0] == 0
    assert not list(folder.iterdir())


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
