"""The commands for articles and their indexes: `qa index`, `qa list`, `qa remove`, `qa text`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import Json, with_flags
from qa.cli.output import complain, print_json, progress_for, say
from qa.errors import QAError

if TYPE_CHECKING:
    from qa.settings import Settings


@with_flags("embedder", "allow_network", "index_dir", "threads", "quiet")
def index(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="Files, folders, patterns or web addresses.")],
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Rebuild also indexes that are up to date; with --allow-network, fetch web pages again."
        ),
    ] = False,
    *,
    settings: Settings,
) -> None:
    """Index articles ahead of the first question. Unchanged articles are skipped."""
    from qa.index.update import Failed, update
    from qa.models.select import load_embedder
    from qa.system.hardware import one_heap

    one_heap()
    failed = 0
    for outcome in update(sources, settings, load_embedder(settings), again=again, progress=progress_for(settings)):
        if isinstance(outcome, Failed):
            failed += 1
            complain(str(outcome.error))
        elif not settings.quiet:
            state = "indexed" if outcome.built else "up to date"
            passages, characters = len(outcome.index.passages), len(outcome.index.document.text)
            say(f"{outcome.source}: {state}, {passages} passages, {characters} characters")
    if failed:
        raise QAError(f"{failed} of the sources could not be indexed")


@with_flags("index_dir")
def list_indexes(as_json: Json = False, *, settings: Settings) -> None:
    """List the indexes: article, language, passages, characters, size, date, folder."""
    from rich.filesize import decimal

    from qa.cli.tables import show_table
    from qa.index.catalog import manifests, size_of

    folders = list(manifests(settings.index_dir))
    if as_json:
        import msgspec

        rows = [
            {"folder": str(f), "error": str(m)}
            if isinstance(m, QAError)
            else {"folder": str(f), "bytes": size_of(f), **msgspec.to_builtins(m)}
            for f, m in folders
        ]
        print_json(rows)
        return
    usable = [(f, m) for f, m in folders if not isinstance(m, QAError)]
    if usable:
        columns = ("article", "language", "passages", "characters", "size", "indexed", "folder")
        show_table(
            columns,
            [
                (
                    m.source, m.recipe.language, f"{m.passages:,}", f"{m.characters:,}", decimal(size_of(f)),
                    m.built[:10], f.name,
                )
                for f, m in usable
            ],
            right=("passages", "characters", "size"),
        )  # fmt: skip
    for folder, error in folders:
        if isinstance(error, QAError):
            say(f"{error}; `qa remove {folder.name}` deletes it")
    if not folders:
        complain(f"no index in {settings.index_dir}; `qa index SOURCE` builds one")


@with_flags("index_dir", "quiet")
def remove(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE", help="Articles, web addresses, or names of index folders.")
    ],
    *,
    settings: Settings,
) -> None:
    """Remove indexes. Articles are not deleted, but for stored pages from the web."""
    from qa.index import catalog
    from qa.sources.fetch import Pages, is_address

    for source in sources:
        page = Pages(settings).path_of(source) if is_address(source) else None
        removed = catalog.remove(settings.index_dir, str(page or source), seconds=settings.busy_seconds)
        if page:
            page.unlink(missing_ok=True)
        if not settings.quiet:
            say(f"removed {page or removed}")


@with_flags("allow_network")
def text(
    source: Annotated[str, typer.Argument(help="A file, a web address, or - for standard input.")],
    *,
    settings: Settings,
) -> None:
    """Print the text of an article, in which the offsets of citations count."""
    from qa.sources.fetch import Pages
    from qa.sources.find import expand
    from qa.sources.read import load

    for file in expand([source], Pages(settings)):
        sys.stdout.buffer.write(load(file, settings.limits).text.encode())
