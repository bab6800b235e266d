"""The commands for saved conversations: `qa sessions ...`."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import with_flags
from qa.cli.output import complain, say
from qa.errors import QAError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qa.conversation.sessions import Session
    from qa.index.stores.protocol import Store
    from qa.settings import Settings
    from qa.types import Document

app = typer.Typer(
    help="List, show, export and delete saved conversations.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
@with_flags("quiet")
def list_sessions(*, settings: Settings) -> None:
    """List the conversations, the newest last."""
    from qa.conversation.sessions import Sessions
    from qa.text.display import one_line

    sessions = Sessions(settings.sessions_dir).all(lambda error: complain(str(error)))
    for session in sessions:
        first = one_line(session.answers[0].question) if session.answers else "no question"
        say(f"{session.name}: {len(session.answers)} answers, {first}")
    if not sessions:
        complain(f"no saved conversation in {settings.sessions_dir}")


@app.command("show")
@with_flags("quiet")
def show_session(
    name: Annotated[str, typer.Argument(help="A name from `qa sessions list`.")], *, settings: Settings
) -> None:
    """Print a conversation."""
    from qa.conversation.export import plain
    from qa.conversation.sessions import Sessions
    from qa.text.display import clean

    for answer in Sessions(settings.sessions_dir).find(name).answers:
        typer.echo(clean(f"> {answer.question}\n{plain(answer)}\n"))


@app.command("export")
@with_flags("store", "quiet")
def export_session(
    name: Annotated[str, typer.Argument(help="A name from `qa sessions list`.")],
    file: Annotated[Path, typer.Argument(help="File to write: .md, .html or .jsonl.")],
    *,
    settings: Settings,
) -> None:
    """Write a conversation to a file."""
    from qa.conversation import export
    from qa.conversation.sessions import Sessions

    session = Sessions(settings.sessions_dir).find(name)
    with _at_hand(session, settings) as at_hand:
        documents = export.documents_of(session.answers, settings.limits, at_hand=at_hand, paths=session.sources)
    located = export.located(session.answers, session.sources) if file.suffix == ".jsonl" else session.answers
    export.save(file, located, documents)
    there = {document.source for document in documents}
    for source in dict.fromkeys(c.source for a in session.answers for c in a.citations if c.source not in there):
        complain(f"{source}: not found as it was cited; {file} has the quotes without it")


@contextmanager
def _at_hand(session: Session, settings: Settings) -> Iterator[Callable[[str], Document | None]]:
    """Give what finds the documents of the collection that was asked; nothing, where none was or it is gone."""
    from qa.index.stores.open import open_store
    from qa.sources.find import absolute

    with ExitStack() as stack:
        store: Store | None = None
        if session.collection:
            with suppress(QAError):
                store = stack.enter_context(open_store(settings, session.collection))
        yield lambda source: None if store is None else replace(store.document(absolute(source)), source=source)


@app.command("delete")
@with_flags("quiet")
def delete_sessions(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="Names from `qa sessions list`.")],
    *,
    settings: Settings,
) -> None:
    """Delete conversations for good."""
    from qa.conversation.sessions import Sessions

    for name in names:
        deleted = Sessions(settings.sessions_dir).delete(name)
        if not settings.quiet:
            complain(f"deleted {deleted}")
