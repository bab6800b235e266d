"""The loop of the chat: reads a message, answers it or runs its command, and continues."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qa.cli.chat.slash_commands import Commands
from qa.errors import QAError
from qa.types import Answer, Evidence

if TYPE_CHECKING:
    from qa.cli.chat.screen import Screen
    from qa.conversation.conversation import Conversation

# Nobody asks an article this; somebody who types it wants to leave.
_LEAVE = {"/exit", "/quit", "exit", "quit"}


class Repl:
    """One conversation on one screen."""

    def __init__(self, conversation: Conversation, screen: Screen) -> None:
        self._conversation, self._screen = conversation, screen
        self.commands = Commands(conversation, screen, self._answer)

    def run(self, read: Callable[[], str]) -> None:
        """Run until the end of the input or /exit; ``read`` returns a message and raises EOFError at the end."""
        self._screen.plain("Ask a question; /help lists the commands, Ctrl-D leaves.")
        while True:
            try:
                message = read().strip()
            except EOFError:
                return
            except KeyboardInterrupt:
                continue
            if message.lower() in _LEAVE:
                return
            try:
                if message.startswith("/"):
                    self.commands.run(message)
                elif message:
                    self._answer(message)
            except KeyboardInterrupt:
                self._screen.note("stopped")
            except QAError as error:
                self._screen.note(str(error))

    def _answer(self, question: str) -> None:
        self.commands.asked()
        shown = False
        with self._screen.working() as working:
            try:
                for step in self._conversation.ask(question):
                    if isinstance(step, Evidence):
                        working.evidence(step)
                    elif isinstance(step, str):
                        working.stop()
                        self._screen.words(step)
                        shown = True
                    elif isinstance(step, Answer):
                        working.stop()
                        self._screen.words("\n" if shown else f"{step.answer}\n")
                        self._screen.citations(step)
                self._screen.plain("")
            except BaseException:
                working.stop()
                if shown:
                    self._screen.words("\n")
                raise
