"""The commands for articles and their indexes: `qa index`, `qa list`, `qa remove`, `qa text`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa.cli.options import Collection, Json, Ray, with_flags
from qa.cli.output import complain, print_json, progress_for, say
from qa.errors import IndexFolderError, QAError, SourceError, UsageError

if TYPE_CHECKING:
    from qa.index.stores.protocol import Listed
    from qa.settings import Settings


@with_flags("embedder", "allow_network", "index_dir", "store", "threads", "quiet")
def index(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="Files, folders, patterns or web addresses.")],
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Rebuild also indexes that are up to date; with --allow-network, fetch web pages again."
        ),
    ] = False,
    collection: Collection = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="With -c: remove documents whose files are gone from the collection.")
    ] = False,
    ray: Ray = None,
    *,
    settings: Settings,
) -> None:
    """Index articles ahead of the first question, each by itself or all in a collection. Unchanged ones are skipped."""
    from qa.index.prepare import Failed
    from qa.index.update import update
    from qa.models.select import load_embedder
    from qa.system.hardware import one_heap

    one_heap()
    if collection is not None:
        from qa.cli.archive.collections import index_into

        index_into(collection, sources, settings, again=again, prune=prune, ray=ray)
        return
    if prune or ray:
        raise UsageError(f"{'--prune' if prune else '--ray'} is for a collection; name it with -c")
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


@with_flags("index_dir", "store", store_alone=True)
def list_indexes(collection: Collection = None, as_json: Json = False, *, settings: Settings) -> None:
    """List the indexes, then the collections: article, language, passages, characters, size, date, folder.

    With -c: the documents of that collection.
    """
    if collection is not None:
        from qa.cli.archive.collections import list_documents

        list_documents(collection, settings, as_json=as_json)
    else:
        _list_all(settings, as_json=as_json)


def _list_all(settings: Settings, *, as_json: bool) -> None:
    from rich.filesize import decimal

    from qa.cli.tables import show_table
    from qa.index.catalog import manifests, size_of
    from qa.index.stores.open import collections
    from qa.settings import masked

    try:
        kept = list(collections(settings))
    except IndexFolderError as unreachable:  # the indexes are listed also where the database is not there
        kept = [unreachable]
    folders = list(manifests(settings.index_dir))
    if as_json:
        import msgspec

        rows = [
            {"folder": str(f), "error": str(m)}
            if isinstance(m, QAError)
            else {"folder": str(f), "bytes": size_of(f), **msgspec.to_builtins(m)}
            for f, m in folders
        ]
        rows += [{"error": str(c)} if isinstance(c, QAError) else _row(c) for c in kept]
        print_json(rows)
        return
    usable = [(f, m) for f, m in folders if not isinstance(m, QAError)]
    if usable:
        columns = ("article", "language", "passages", "characters", "size", "indexed", "folder")
        show_table(
            columns,
            [
                (
                    m.source, m.language, f"{m.passages:,}", f"{m.characters:,}", decimal(size_of(f)),
                    m.built[:10], f.name,
                )
                for f, m in usable
            ],
            right=("passages", "characters", "size"),
        )  # fmt: skip
    for folder, error in folders:
        if isinstance(error, QAError):
            say(f"{error}; `qa remove {folder.name}` deletes it")
    where = f" in {masked(settings.store)}" if settings.store else ""
    for listed in kept:
        if isinstance(listed, QAError):
            say(str(listed))
        else:
            sizes = f"{listed.documents:,} documents, {listed.passages:,} passages, {decimal(listed.bytes)}"
            say(f"collection {listed.name}: {sizes}{where}")
    if settings.store and not kept:
        complain(f"no collection{where}")
    if not folders and not kept:
        complain(f"no index in {settings.index_dir}; `qa index SOURCE` builds one")


def _row(listed: Listed) -> dict[str, Any]:
    import msgspec

    row: dict[str, Any] = msgspec.to_builtins(listed)
    return {"collection": row.pop("name"), **row}


@with_flags("index_dir", "store", "quiet")
def remove(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE", help="Articles, web addresses, or names of index folders.")
    ] = None,
    collection: Collection = None,
    *,
    settings: Settings,
) -> None:
    """Remove indexes. Articles are not deleted, but for stored pages from the web.

    With -c: remove articles from that collection, also those that were below a folder; without SOURCE all of it.
    """
    from qa.index import catalog
    from qa.sources.fetch import Pages, is_address

    if collection is not None:
        from qa.cli.archive.collections import remove_from

        remove_from(collection, sources or [], settings)
        return
    if not sources:
        raise UsageError("nothing is named; give a SOURCE, or a collection with -c")
    for source in sources:
        page = Pages(settings).path_of(source) if is_address(source) else None
        try:
            removed = catalog.remove(settings.index_dir, str(page or source), seconds=settings.busy_seconds)
        except SourceError:
            # A page is stored before it is indexed.
            if page is None or not page.is_file():
                raise
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
