"""The commands for where collections are kept: `qa store ...`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import Json, with_flags
from qa.cli.output import print_json, progress_for, say
from qa.errors import QAError

if TYPE_CHECKING:
    from qa.settings import Settings

app = typer.Typer(help="Look after collections of documents.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _root() -> None:
    """Keep `check` a command of its own while it is the only one."""


@app.command("check")
@with_flags("store", "quiet")
def check_store(
    collection: Annotated[str, typer.Option("--collection", "-c", metavar="NAME", help="The collection.")],
    as_json: Json = False,
    *,
    settings: Settings,
) -> None:
    """Compare a collection with its files and with itself. Status 1 if anything differs."""
    from qa.collections.check import check
    from qa.index.stores.open import open_store
    from qa.sources.find import shown

    found = []
    with open_store(settings, collection) as store:
        documents = len(store)
        for difference in check(store, collection, progress_for(settings)):
            found.append(difference)
            if not as_json:
                what = f"{shown(difference.source)}: {difference.kind}: " if difference.source else ""
                say(f"{what}{difference.detail}")
    if as_json:
        import msgspec

        print_json(msgspec.to_builtins(found))
    elif not found and not settings.quiet:
        say(f"{collection}: {documents} documents, all as their files are")
    if found:
        raise QAError(f"{collection}: {len(found)} differences")
