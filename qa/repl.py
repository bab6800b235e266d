"""The chat: a conversation over the sources, in the terminal or from a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console

from qa.errors import QAError
from qa.render import clean, one_line, show_citations
from qa.types import Answer, Evidence, Turn

if TYPE_CHECKING:
    from qa.assistant import Assistant

_HELP = """\
Ask a question about the article. A follow-up ("And how many of them ...?") is understood from the conversation.
  /why      how the last answer came about: the question as it was searched, what was found, confidence, seconds
  /clear    forget the conversation
  /help     this text
  /exit     leave (Ctrl-D does too)
Ctrl-C stops an answer that is being written."""


class Repl:
    """One conversation. ``read`` returns the next line and raises EOFError at the end."""

    def __init__(self, assistant: Assistant, console: Console, read: Callable[[], str]) -> None:
        self._assistant, self._console, self._read = assistant, console, read
        self._history: list[Turn] = []
        self._last: tuple[Evidence, Answer] | None = None
        self._commands: dict[str, Callable[[], None]] = {
            "/help": lambda: console.print(_HELP, markup=False, highlight=False),
            "/why": self._why,
            "/clear": self._clear,
        }

    def run(self) -> None:
        """Talk until the end of the input or /exit."""
        names = ", ".join(one_line(s) for s in self._assistant.sources)
        self._console.print(
            f"{names}\nAsk a question; /help lists the commands, Ctrl-D leaves.", markup=False, highlight=False
        )
        while True:
            try:
                line = self._read().strip()
            except EOFError:
                return
            except KeyboardInterrupt:
                continue
            if line == "/exit":
                return
            if line in self._commands:
                self._commands[line]()
            elif line.startswith("/"):
                self._say(f"{line.split()[0]}: no such command; /help lists them")
            elif line:
                self._answer(line)

    def _answer(self, question: str) -> None:
        evidence: Evidence | None = None
        shown = False
        try:
            for step in self._assistant.stream(question, history=self._history):
                if isinstance(step, Evidence):
                    evidence = step
                elif isinstance(step, str):
                    self._write(step)
                    shown = True
                else:
                    self._finish(question, step, evidence, shown=shown)
        except KeyboardInterrupt:
            self._write("\n" if shown else "")
            self._say("stopped")
        except QAError as error:
            self._say(str(error))

    def _finish(self, question: str, answer: Answer, evidence: Evidence | None, *, shown: bool) -> None:
        self._write("\n" if shown else f"{answer.answer}\n")
        show_citations(self._console, answer)
        self._console.print()
        self._history.append((question, answer.answer))
        if evidence:
            self._last = (evidence, answer)

    def _write(self, text: str) -> None:
        self._console.print(clean(text), end="", markup=False, highlight=False, soft_wrap=True)
        self._console.file.flush()

    def _say(self, text: str) -> None:
        self._console.print(one_line(text), style="yellow", markup=False, highlight=False)

    def _clear(self) -> None:
        self._history.clear()
        self._last = None
        self._say("the conversation is forgotten")

    def _why(self) -> None:
        if self._last is None:
            self._say("nothing has been asked yet")
            return
        evidence, answer = self._last
        lines = [f"searched for: {evidence.standalone_question}", f"confidence: {answer.confidence:.0%}"]
        lines += [f"found, similarity {h.similarity:.2f}: {one_line(h.text)[:160]}" for h in evidence.hits]
        timings = answer.timings
        lines.append(
            f"seconds: {timings.retrieve_s:.2f} finding, {timings.total_s:.2f} in all; "
            f"tokens: {timings.prompt_tokens} read, {timings.reused_tokens} of them reused, "
            f"{timings.completion_tokens} written"
        )
        self._console.print(clean("\n".join(lines)), markup=False, highlight=False)


def line_reader() -> Callable[[], str]:
    """Read from a person with line editing, or from a pipe without any."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        from prompt_toolkit import PromptSession

        session: PromptSession[str] = PromptSession("> ")
        return session.prompt
    return _from_pipe


def _from_pipe() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line
