from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rich.console import Console

from qa import repl
from qa.assistant import Assistant
from qa.errors import PromptError
from qa.repl import Repl
from tests.conftest import FakeReader

Make = Callable[..., Assistant]
FOUNDED = "Maria Lopez founded the bakery [1]."


def talk(assistant: Assistant, *lines: str | type[BaseException]) -> str:
    left = list(lines)

    def read() -> str:
        line = left.pop(0) if left else EOFError
        if isinstance(line, str):
            return line
        raise line

    out = io.StringIO()
    Repl(assistant, Console(file=out, width=200), read).run()
    return out.getvalue()


def test_an_answer_is_followed_by_its_quote(make_assistant: Make) -> None:
    shown = talk(make_assistant(FOUNDED, reader=FakeReader("Maria Lopez")), "Who founded the bakery?")
    assert "Maria Lopez founded the bakery [1].\n[1] “Maria Lopez founded it in Hilltown.”" in shown
    assert "bakery.txt, characters 27-62" in shown


def test_what_the_article_does_not_say_is_said(make_assistant: Make) -> None:
    assert "The article does not say." in talk(make_assistant(reader=FakeReader("none")), "Who?")


def test_a_follow_up_is_understood_and_why_shows_it(make_assistant: Make) -> None:
    assistant = make_assistant(FOUNDED, "When was Maria Lopez here?", reader=FakeReader("Maria Lopez founded"))
    shown = talk(assistant, "Who founded the bakery?", "/why", "/clear", "/why", "Who is she?")
    assert "searched for: Who founded the bakery?" in shown
    assert "confidence:" in shown
    assert "nothing has been asked yet" in shown


def test_commands(make_assistant: Make) -> None:
    shown = talk(make_assistant(), "/help", "", "/nonsense now", "/exit", "never read")
    assert "Ctrl-D" in shown
    assert "/nonsense: no such command; /help lists them" in shown


def test_an_interrupt_stops_the_answer_and_stays(make_assistant: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    assistant = make_assistant()

    def interrupted(*_: Any, **__: Any) -> Iterator[str]:
        yield "Half an"
        raise KeyboardInterrupt

    monkeypatch.setattr(assistant, "stream", interrupted)
    shown = talk(assistant, KeyboardInterrupt, "Who?", "/help")
    assert "Half an\nstopped" in shown
    assert "Ctrl-D" in shown


def test_an_error_is_one_line_and_the_chat_goes_on(make_assistant: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    assistant = make_assistant()

    def failing(*_: Any, **__: Any) -> Iterator[str]:
        raise PromptError("the question is too long")
        yield ""

    monkeypatch.setattr(assistant, "stream", failing)
    shown = talk(assistant, "Who?", "/help")
    assert "the question is too long\n" in shown
    assert "Ctrl-D" in shown


def test_lines_come_from_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("one\n"))
    read = repl.line_reader()
    assert read() == "one\n"
    with pytest.raises(EOFError):
        read()
