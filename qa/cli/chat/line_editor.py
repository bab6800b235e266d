"""The input of the chat: from a person with line editing and completion, or from a pipe without."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import UsageError

if TYPE_CHECKING:
    from prompt_toolkit.completion import Completer
    from prompt_toolkit.key_binding import KeyBindings

# Maps the text before the cursor to the words that can complete its last word, or to None where a path is expected.
Complete = Callable[[str], Sequence[str] | None]


def line_reader(complete: Complete, history: Path | None, prompt: Callable[[], str]) -> Callable[[], str]:
    """Return a function that reads the next message and raises EOFError at the end.

    ``history`` is the file of earlier input; None keeps it in memory. ``prompt`` is called before each message.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _from_pipe
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    if history:
        history.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(history, os.O_CREAT | os.O_WRONLY, 0o600))
        history.chmod(0o600)
    session: PromptSession[str] = PromptSession(
        prompt,
        multiline=True,
        prompt_continuation="… ",
        key_bindings=_keys(),
        completer=_completer(complete),
        complete_while_typing=False,
        history=FileHistory(str(history)) if history else InMemoryHistory(),
        enable_history_search=True,
    )
    return session.prompt


def _keys() -> KeyBindings:
    # A paste of several lines is one message, since only the Enter key itself sends.
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()

    @keys.add("enter")
    def _send(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _newline(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys


def _completer(complete: Complete) -> Completer:
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
    from prompt_toolkit.document import Document

    class Words(Completer):
        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
            before = document.text_before_cursor
            words = complete(before)
            typed = before if " " not in before else before.split(" ", 1)[1]
            if words is None:
                inner = Document(typed, len(typed))
                yield from PathCompleter(expanduser=True).get_completions(inner, complete_event)
                return
            yield from (Completion(w, start_position=-len(typed)) for w in words if w.startswith(typed))

    return Words()


def _from_pipe() -> str:
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        raise UsageError("standard input: not text in UTF-8") from None
    if not line:
        raise EOFError
    return line
