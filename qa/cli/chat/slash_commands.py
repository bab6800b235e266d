"""The slash commands of the chat."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from qa.cli.chat.screen import Screen
from qa.conversation import export
from qa.errors import SourceError, UsageError
from qa.sources.fetch import is_address
from qa.sources.read import load
from qa.text.display import one_line, size_of
from qa.text.positions import place_of
from qa.types import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.conversation.conversation import Conversation
    from qa.types import Answer, Citation, Evidence

_LISTED = 100  # articles that /sources shows
_MORE = 3  # pieces of evidence that /more shows at once
_MODEL_HELP = "use another generator: a GGUF file, a name from `qa models`, or openai:NAME; without MODEL, show it"


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its argument and what it does, both for the help, and its function."""

    argument: str
    help: str
    run: Callable[[str], None]


class Commands:
    """The commands of one chat. ``ask`` answers a question, on the screen."""

    def __init__(self, conversation: Conversation, screen: Screen, ask: Callable[[str], None]) -> None:
        self._conversation, self._screen, self._ask = conversation, screen, ask
        self._more_from = 0
        self._commands = {
            "/cite": Command("N", "show quote N of the last answer in its paragraph", self._cite),
            "/sources": Command("", "list the articles", self._sources),
            "/why": Command("", "how the last answer was found", self._why),
            "/more": Command("", "show more evidence for the last question", self._more),
            "/retry": Command("", "ask the last question again", self._retry),
            "/copy": Command("", "copy the last answer with its quotes", self._copy),
            "/save": Command("FILE", "save the conversation as .md, .html or .jsonl", self._save),
            "/load": Command("PATH", "add a file, a folder or a web address to the articles", self._load),
            "/source": Command("[NAME]", "use only articles with NAME in their path; without NAME, all", self._source),
            "/model": Command("[MODEL]", _MODEL_HELP, self._model),
            "/clear": Command("", "clear the conversation", self._clear),
            "/help": Command("", "show this help", self._help),
        }

    def run(self, line: str) -> None:
        """Run the command in ``line``.

        Raises:
            QAError: there is no such command, or it fails.
        """
        name, _, argument = line.partition(" ")
        command = self._commands.get(name)
        if command is None:
            similar = difflib.get_close_matches(name, [*self._commands, "/exit"], n=1)
            raise UsageError(
                f"{name}: no such command; {f'did you mean {similar[0]}?' if similar else '/help lists them'}"
            )
        argument = argument.strip()
        if argument and not command.argument:
            raise UsageError(f"{name} takes no argument")
        if not argument and command.argument and not command.argument.startswith("["):
            raise UsageError(f"{name} needs an argument: {name} {command.argument}")
        command.run(argument)

    def asked(self) -> None:
        """Note that a new question was asked."""
        self._more_from = 0

    def complete(self, before: str) -> Sequence[str] | None:
        """Return the words that can complete the text before the cursor; None where a path is expected."""
        name, space, _ = before.partition(" ")
        if not space:
            return [*self._commands, "/exit"] if before.startswith("/") else []
        if name in {"/save", "/load", "/model"}:
            return None
        if name == "/source":
            return list(self._conversation.assistant.sources)
        return [str(c.number) for c in self._citations()] if name == "/cite" else []

    def _citations(self) -> Sequence[Citation]:
        last = self._conversation.last
        return last.citations if last else ()

    def _cite(self, argument: str) -> None:
        citation = next((c for c in self._citations() if str(c.number) == argument.strip("[]")), None)
        if citation is None:
            numbers = ", ".join(str(c.number) for c in self._citations())
            raise UsageError(f"/cite {argument}: the last answer has {f'the quotes {numbers}' if numbers else 'none'}")
        text = self._text_of(citation.source)
        if text[citation.start : citation.end] != citation.quote:
            raise UsageError(f"{citation.source}: has changed since the answer; /retry asks again")
        span = Span(citation.start, citation.end)
        around = place_of(text, span).around
        self._screen.quote_in_place(citation, text, around)
        self._screen.note(f"{citation.source}, {export.where(citation, {citation.source: text})}")

    def _text_of(self, source: str) -> str:
        assistant = self._conversation.assistant
        # Reading a PDF again takes seconds, and standard input cannot be read again. What cannot be opened now, or
        # belongs to an earlier session over other articles, is read alone, so that its own error is shown.
        with suppress(SourceError):
            if document := assistant.document(source):
                return document.text
        return load(source, assistant.settings.limits).text

    def _sources(self, _: str) -> None:
        narrowed = self._conversation.narrowed
        assistant = self._conversation.assistant
        corpus = assistant.corpus
        # Too many to say of each whether it is in use: those that are, are listed.
        sources = (narrowed if corpus.collection else ()) or assistant.sources
        for document, passages in islice(corpus.documents(sources), _LISTED):
            mark = "" if not narrowed or document.source in narrowed else " (not in use; /source selects all)"
            size = f"{size_of(document.text, document.language)}, {passages:,} passages"
            self._screen.plain(f"{document.source}: {size}{mark}")
        if (more := corpus.count(sources) - _LISTED) > 0:
            self._screen.plain(f"and {more:,} more; /source NAME uses those with NAME in their path")

    def _rests_on(self) -> tuple[Answer, Evidence]:
        answer, evidence = self._conversation.last, self._conversation.evidence
        if answer is None:
            raise UsageError("nothing has been asked yet")
        if evidence is None:
            raise UsageError("what this answer rests on was not kept; /retry asks again")
        return answer, evidence

    def _why(self, _: str) -> None:
        answer, evidence = self._rests_on()
        threshold = self._conversation.assistant.settings.min_confidence
        lines = [
            f"searched for: {answer.standalone_question}",
            f"confidence: {answer.confidence:.1%}; an answer needs at least {threshold:.0%}",
        ]
        lines += [
            f"read, {c.probability:.0%}: {one_line(c.answer_text)!r} in “{one_line(c.quote_text)[:120]}”"
            for c in evidence.candidates[:5]
        ]
        lines += [f"retrieved, similarity {h.similarity:.2f}: {one_line(h.text)[:120]}" for h in evidence.hits[:5]]
        lines += [one_line(check) for check in answer.checks]
        timings = answer.timings
        lines.append(
            f"seconds: {timings.retrieve_s:.2f} for retrieval, {timings.total_s:.2f} in total; "
            f"tokens: {timings.prompt_tokens} in the prompt, {timings.reused_tokens} of them cached, "
            f"{timings.completion_tokens} generated"
        )
        self._screen.plain("\n".join(lines))

    def _more(self, _: str) -> None:
        answer, evidence = self._rests_on()
        cited = [(c.source, Span(c.start, c.end)) for c in answer.citations]
        others: dict[tuple[str, int], tuple[str, float]] = {}
        for c in evidence.candidates:
            source, span = c.hit.document.source, c.quote or c.hit.passage.span
            if not any(source == s and span.overlaps(quoted) for s, quoted in cited):
                others.setdefault((source, span.start), (c.quote_text, c.probability))
        shown = list(others.items())[self._more_from : self._more_from + _MORE]
        if not shown:
            raise UsageError("there is no more evidence; /why shows what was retrieved")
        self._more_from += _MORE
        for (source, start), (quote, probability) in shown:
            self._screen.plain(
                f"{probability:.0%}: “{one_line(quote)}”  {source}, characters {start}-{start + len(quote)}"
            )

    def _retry(self, _: str) -> None:
        question = self._conversation.again()
        if question is None:
            raise UsageError("nothing has been asked yet")
        self._ask(question)

    def _copy(self, _: str) -> None:
        answer = self._conversation.last
        if answer is None:
            raise UsageError("nothing has been asked yet")
        import pyperclip

        try:
            pyperclip.copy(export.plain(answer))
        except pyperclip.PyperclipException as error:
            raise UsageError("there is no clipboard on this system; /save FILE.md saves the conversation") from error
        self._screen.note("copied")

    def _save(self, argument: str) -> None:
        if not self._conversation.answers:
            raise UsageError("nothing has been asked yet")
        path = Path(argument).expanduser()
        answers, assistant = self._conversation.answers, self._conversation.assistant
        documents = export.documents_of(answers, assistant.settings.limits, at_hand=assistant.document)
        instead = ", in place of the file that was there" if path.exists() else ""
        export.save(path, answers, documents)
        self._screen.note(f"saved {path}{instead}")

    def _load(self, argument: str) -> None:
        self._conversation.add_source(argument if is_address(argument) else str(Path(argument).expanduser()))
        self._sources("")

    def _source(self, argument: str) -> None:
        self._conversation.narrow(argument)
        self._sources("")

    def _model(self, argument: str) -> None:
        if argument:
            self._conversation.use_model(argument)
        generator = self._conversation.assistant.parts.generator
        self._screen.note(f"generator: {generator.name}, context window: {generator.context_tokens} tokens")

    def _clear(self, _: str) -> None:
        self._conversation.clear()
        self._screen.note("the conversation was cleared")

    def _help(self, _: str) -> None:
        width = max(len(f"{n} {c.argument}") for n, c in self._commands.items())
        lines = [f"  {f'{n} {c.argument}':{width}}  {c.help}" for n, c in self._commands.items()]
        self._screen.plain(
            "\n".join(
                [
                    "Ask a question about the article. A follow-up (“And how many of them ...?”) is understood.",
                    *lines,
                    f"  {'/exit':{width}}  leave (Ctrl-D does too)",
                    "Tab completes, Up and Ctrl-R find earlier input, Alt-Enter starts a new line,",
                    "Ctrl-C stops the answer that is being written.",
                ]
            )
        )
