"""A conversation over the sources of an assistant: its questions, answers and state, without a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa.answering.assistant import Assistant
from qa.answering.parts import with_model
from qa.conversation.sessions import Recorder
from qa.errors import UsageError
from qa.types import Answer, Evidence, Turn


class Conversation:
    """Questions and answers so far. ``recorder`` saves them to disk; None keeps them in memory alone."""

    def __init__(self, assistant: Assistant, recorder: Recorder | None = None, earlier: Sequence[Answer] = ()) -> None:
        self.assistant = assistant
        self.answers: list[Answer] = list(earlier)
        self.evidence: Evidence | None = None
        self.narrowed: tuple[str, ...] = ()
        self.narrowed_by = ""  # what their paths have in them
        self._recorder = recorder
        self._unanswered: str | None = None  # the last question, where it was stopped or failed

    @property
    def history(self) -> list[Turn]:
        """Questions and answers, oldest first."""
        return [(a.question, a.answer) for a in self.answers]

    @property
    def last(self) -> Answer | None:
        return self.answers[-1] if self.answers else None

    def ask(self, question: str) -> Iterator[Evidence | str | Answer]:
        """Answer in steps, as ``Assistant.stream`` does; the whole answer becomes part of the conversation.

        Raises:
            QAError: it cannot be answered, or not be saved; an answer that cannot be saved is given all the same.
        """
        evidence, self._unanswered = None, question
        for step in self.assistant.stream(question, history=self.history, sources=self.narrowed):
            if isinstance(step, Evidence):
                evidence = step
            if isinstance(step, Answer):
                self.answers.append(step)
                self.evidence, self._unanswered = evidence, None
                yield step
                if self._recorder:
                    self._recorder.add(step, self.assistant.sources, self.assistant.corpus.collection)
            else:
                yield step

    def again(self) -> str | None:
        """Return the last question, and remove its answer if it has one; None if nothing has been asked."""
        if self._unanswered is not None:
            return self._unanswered
        self.evidence = None  # it was that of the answer
        return self.answers.pop().question if self.answers else None

    def clear(self) -> None:
        """Forget the questions and answers; what is saved on disk stays there."""
        self.answers.clear()
        self.evidence = self._unanswered = None

    def add_source(self, source: str) -> None:
        """Open a further file or folder.

        Raises:
            QAError: it cannot be read or indexed; the conversation goes on as before.
        """
        before = self.assistant.sources
        self.assistant.add(source)
        try:
            self.assistant.prepare()
        except BaseException:
            self.assistant.sources = before
            raise

    def narrow(self, name: str) -> None:
        """Ask only the sources whose path has ``name`` in it from now on; an empty name asks all.

        Raises:
            UsageError: there is none.
        """
        chosen = self.assistant.corpus.matching(name, self.assistant.sources) if name else ()
        if name and not chosen:
            stays = f"; those with {self.narrowed_by} stay chosen" if self.narrowed_by else ""
            raise UsageError(f"{name}: no article has this in its path{stays}; /sources lists them")
        self.narrowed, self.narrowed_by = chosen, name

    def use_model(self, name: str) -> None:
        """Use another generator from now on, named as in the setting ``model``.

        Raises:
            QAError: it cannot be loaded or used; the one before stays.
        """
        parts = with_model(self.assistant.parts, self.assistant.settings, name)
        parts.generator.load()
        self.assistant.parts = parts
