"""How a chat starts: its sources, the conversation that it continues, and its first lines."""

from __future__ import annotations

from contextlib import closing
from itertools import islice

from rich.console import Console

from qa.answering.assistant import Assistant
from qa.cli.chat.line_editor import line_reader
from qa.cli.chat.loop import Repl
from qa.cli.chat.screen import Screen
from qa.cli.opening import open_assistant
from qa.conversation.conversation import Conversation
from qa.conversation.sessions import Session, Sessions
from qa.conversation.suggestions import suggest
from qa.errors import SessionError
from qa.protocols import Progress
from qa.settings import Settings
from qa.system.cache import ModelCache
from qa.text.display import one_line, size_of
from qa.text.language import WITHOUT_SPACES
from qa.types import Document

_LISTED = 10  # articles that are described
_WORDS_A_MINUTE = 240  # of a reader of news
_CHARACTERS_A_MINUTE = 300  # where no spaces part words


def start(
    sources: list[str] | None,
    settings: Settings,
    *,
    collection: str | None = None,
    go_on: bool,
    progress: Progress | None = None,
) -> None:
    """Open the sources, all or some of a ``collection``, or those of the last conversation, and run the chat.

    Raises:
        QAError: a source, a collection, a model or the last conversation cannot be opened.
    """
    sessions = Sessions(settings.sessions_dir)
    earlier = None
    if go_on:
        earlier = next(reversed(sessions.all()), None)
        if earlier is None:
            raise SessionError(f"{settings.sessions_dir}: there is no saved conversation to continue")
        if not sources and collection is None:
            sources, collection = list(earlier.sources), earlier.collection or None
    with closing(open_assistant(sources, settings, collection=collection, progress=progress)) as assistant:
        assistant.prepare()
        _run(assistant, sessions, earlier)


def _run(assistant: Assistant, sessions: Sessions, earlier: Session | None) -> None:
    settings = assistant.settings
    recorder = None
    if settings.keep_sessions:
        recorder = (
            sessions.again(earlier) if earlier else sessions.begin(assistant.sources, assistant.corpus.collection)
        )
    conversation = Conversation(assistant, recorder, earlier.answers if earlier else ())
    screen = Screen(Console())
    repl = Repl(conversation, screen)
    history = settings.sessions_dir / "history" if settings.keep_sessions else None
    read = line_reader(repl.commands.complete, history, lambda: prompt(conversation))
    screen.plain("\n".join(articles(assistant)))
    if earlier and earlier.answers:
        screen.plain(f"Continuing after: {one_line(earlier.answers[-1].question)}")
    elif screen.is_terminal and (questions := examples(assistant, screen)):
        screen.plain("\n".join(["For instance:", *(f"  {q}" for q in questions)]))
    repl.run(read)


def prompt(conversation: Conversation) -> str:
    """Return what stands before the next message: what `/source` has chosen, if anything."""
    return f"{one_line(conversation.narrowed_by)}> "


def articles(assistant: Assistant) -> list[str]:
    """Describe the articles of the chat, one a line: title, path, length and language; or the size of a collection."""
    if name := assistant.corpus.collection:
        return [f"{name}: {assistant.corpus.count(assistant.sources):,} documents; /sources lists them"]
    listed = islice(assistant.corpus.documents(assistant.sources), _LISTED)
    lines = [described(document) for document, _ in listed]
    more = assistant.corpus.count(assistant.sources) - len(lines)
    if more > 0:
        lines.append(f"and {more} more; /sources lists them")
    return lines


def examples(assistant: Assistant, screen: Screen) -> list[str]:
    """Find questions that the articles answer; the first time this takes a few seconds."""
    with screen.busy("looking for example questions …"):
        return suggest(assistant, ModelCache(assistant.settings.cache_dir))


def described(document: Document) -> str:
    """Describe a document: its title or else its first line, its path, its length and its language."""
    title = document.title or next((line.strip(" #") for line in document.text.splitlines() if line.strip(" #")), "")
    return f"{one_line(title)[:100]} ({one_line(document.source)}, {_length_of(document)}, {document.language})"


def _length_of(document: Document) -> str:
    text, language = document.text, document.language
    unparted = language in WITHOUT_SPACES
    minutes = len(text) / _CHARACTERS_A_MINUTE if unparted else len(text.split()) / _WORDS_A_MINUTE
    return f"{size_of(text, language)}, {max(1, round(minutes))} min to read"
