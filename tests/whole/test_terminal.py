"""The chat as a person meets it: the real program in a real pseudo-terminal."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.terminal import ALT_ENTER, CTRL_C, CTRL_D, CTRL_R, ENTER, PASTE_BEGIN, PASTE_END, TAB, UP, Terminal

pytestmark = pytest.mark.real
QUESTION = "How many people have died in the offensive?"


@pytest.fixture
def chat(tmp_path: Path, seed: Path) -> Iterator[Callable[..., Terminal]]:
    started: list[Terminal] = []

    def start(*arguments: str, columns: int = 100, **environment: str) -> Terminal:
        around = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "TERM"}}
        around |= {"TERM": "xterm-256color", "QA_HOME": str(tmp_path / "home"), **environment}
        program = str(Path(sys.executable).with_name("qa"))
        started.append(Terminal([program, "chat", *(arguments or (str(seed),))], around, columns=columns))
        return started[-1]

    yield start
    for terminal in started:
        terminal.kill()


def asked(terminal: Terminal, question: str, expected: str) -> str:
    terminal.send(question + ENTER)
    return terminal.wait_for(lambda shown: expected in shown and shown.endswith(">"))


def ready(terminal: Terminal) -> str:
    return terminal.wait_for(lambda shown: shown.endswith("\n>"))


def test_a_conversation(chat: Callable[..., Terminal], tmp_path: Path) -> None:
    terminal = chat()
    opening = ready(terminal)
    assert "Rebels close in on Homs" in opening
    assert "words, " in opening
    assert "For instance:" in opening
    shown = asked(terminal, QUESTION, "[1] “")
    assert "826" in shown
    assert terminal.colour_of("[1] “") == terminal.colour_of("[1].") == "cyan"
    assert "paragraph" in asked(terminal, "/cite 1", "paragraph")
    assert "did you mean /sources?" in asked(terminal, "/sorces", "did you mean")
    assert "confidence:" in asked(terminal, "/why", "confidence:")
    terminal.send("/cit" + TAB)
    terminal.wait_for("> /cite")
    terminal.send(" " + TAB)
    terminal.wait_for("> /cite 1")
    terminal.send(CTRL_C)
    ready(terminal)
    terminal.send(UP * 4)
    terminal.wait_for(f"> {QUESTION}")
    terminal.send(CTRL_C)
    ready(terminal)
    terminal.send(CTRL_R + "many people")
    terminal.wait_for("I-search backward: many people")
    terminal.send(CTRL_C)
    terminal.send(CTRL_D)
    assert terminal.end() == 0
    history = tmp_path / "home" / "sessions" / "history"
    assert history.stat().st_mode & 0o777 == 0o600
    again = chat("--continue")
    assert f"Continuing after: {QUESTION}" in ready(again)
    again.send("/exit" + ENTER)
    assert again.end() == 0


def test_several_lines_are_one_message(chat: Callable[..., Terminal]) -> None:
    terminal = chat()
    ready(terminal)
    terminal.send(f"{PASTE_BEGIN}How many people have died\nin the offensive?{PASTE_END}")
    terminal.wait_for("… in the offensive?")
    terminal.send(ENTER)
    assert "826" in terminal.wait_for(lambda shown: "[1] “" in shown and shown.endswith(">"))
    terminal.send("Who leads" + ALT_ENTER + "the offensive?")
    terminal.wait_for("… the offensive?")
    terminal.send(ENTER)
    terminal.wait_for(lambda shown: "Golani" in shown.split("… the offensive?")[1] and shown.endswith(">"))


def test_an_answer_is_stopped_and_the_chat_goes_on(chat: Callable[..., Terminal], seed: Path) -> None:
    # A server that accepts and never answers: the generator is still at work when Ctrl-C comes.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        terminal = chat(str(seed), "--model", "openai:silent", "--base-url", address, QA_READER="none")
        ready(terminal)
        terminal.send("Who leads the offensive?" + ENTER)
        terminal.wait_for("“")
        terminal.send(CTRL_C)
        terminal.wait_for(lambda shown: "stopped" in shown and shown.endswith(">"))
        terminal.send("/model" + ENTER)
        terminal.wait_for("generator: openai:silent")


def test_narrow_without_colour_and_other_scripts(chat: Callable[..., Terminal], tmp_path: Path) -> None:
    languages = Path(__file__).parents[1] / "languages" / "tune" / "notices"
    terminal = chat(str(languages / "zh.txt"), str(languages / "ar.txt"), columns=40, NO_COLOR="1")
    ready(terminal)
    shown = asked(terminal, "设计师是谁？", "[1]\n“")
    assert "林晓梅 [1]。" in shown
    shown = asked(terminal, "ما ثمن التذكرة؟", "characters 490")
    assert "عشرة دنانير [1]." in shown
    assert b"\x1b[3" not in terminal.raw
    assert max(map(len, terminal.lines)) <= 40


def test_a_dumb_terminal_gets_plain_text(chat: Callable[..., Terminal]) -> None:
    terminal = chat(TERM="dumb")
    ready(terminal)
    assert "826" in asked(terminal, QUESTION, "[1] “")
    assert b"\x1b[3" not in terminal.raw


def test_long_work_shows_how_long_it_will_take(tmp_path: Path) -> None:
    article = tmp_path / "long.txt"
    article.write_text("".join(f"House {n} of the street was built in {n}.\n\n" for n in range(3000)), encoding="utf-8")
    program = str(Path(sys.executable).with_name("qa"))
    terminal = Terminal([program, "index", str(article)], {**os.environ, "QA_HOME": str(tmp_path), "TERM": "xterm"})
    shown = terminal.wait_for(lambda text: "embedding long.txt" in text and "0:00:0" in text)
    assert "%" in shown
    assert terminal.end() == 0
    assert f"{article}: indexed" in terminal.text().replace("\n", "")
    assert "embedding" not in terminal.text()
