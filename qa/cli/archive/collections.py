"""What `qa index`, `qa list` and `qa remove` do with a collection."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from qa.cli.output import complain, print_json, progress_for, say
from qa.errors import IndexFolderError, QAError, SourceError

if TYPE_CHECKING:
    from qa.collections.update import Prepares, Update
    from qa.settings import Settings


def index_into(
    name: str, sources: Sequence[str], settings: Settings, *, again: bool, prune: bool, ray: str | None
) -> None:
    """Bring a collection up to date with files, made if there is none; say each document that was indexed.

    With the address of a ``ray`` cluster, its machines read and embed.

    Raises:
        QAError: a source is not there, or the store cannot be used; or at the end, some could not be indexed.
    """
    from qa.collections.prepare import prepare
    from qa.collections.update import Update
    from qa.index.prepare import Failed, recipe_of
    from qa.index.stores.open import open_store
    from qa.models.select import load_embedder
    from qa.sources.fetch import Pages
    from qa.sources.find import shown
    from qa.text.language import KNOWN

    try:
        update = Update(sources, Pages(settings), again=again)
    except SourceError as error:
        # The folder of a disk that is not there looks the same: of all that was in it nothing is removed unasked.
        way_out = f"; `qa remove -c {name} FOLDER` removes what was in a folder" if prune else ""
        raise SourceError(f"{error}{way_out}") from error
    settings = _as_it_was_made(name, settings)
    embedder = load_embedder(settings)
    if ray is None:
        prepares: Prepares = functools.partial(prepare, settings=settings, embedder=embedder)
    else:
        from qa.distributed.index import prepares_on

        prepares = prepares_on(ray, settings, load_embedder)
    with open_store(settings, name, write=recipe_of(settings, embedder)) as store:
        others: set[str] = set()
        for outcome in update.run(store, prepares, progress_for(settings)):
            if isinstance(outcome, Failed):
                complain(str(outcome.error))
                continue
            others |= {outcome.document.document.language} - {KNOWN}
            if not settings.quiet:
                document, passages = outcome.document.document, len(outcome.document.passages)
                say(f"{shown(document.source)}: {outcome.state}, {passages} passages, {len(document.text)} characters")
        vanished = list(update.vanished(store))
        if prune:
            store.remove(vanished)
        if others and not embedder.multilingual:
            complain(
                f"{name}: documents in other languages than English ({', '.join(sorted(others))}) are found by their "
                "words alone; by their meaning too in a collection of another name, made with `--embedder multilingual`"
            )
        if not settings.quiet:
            _summarise(name, len(store), update, vanished, prune=prune)
    if update.failed:
        raise QAError(f"{update.failed} of the sources could not be indexed")


def _as_it_was_made(name: str, settings: Settings) -> Settings:
    """Take the embedder for all languages, where none is named, for a collection that was made with it."""
    import msgspec

    from qa.index.stores.open import open_store
    from qa.models.embedders.multilingual import MultilingualEmbedder
    from qa.settings import BUNDLED, MULTILINGUAL

    if settings.embedder == BUNDLED:
        with suppress(IndexFolderError), open_store(settings, name) as store:
            if store.recipe.embedder == MultilingualEmbedder.name:
                return msgspec.structs.replace(settings, embedder=MULTILINGUAL)
    return settings


def _summarise(name: str, documents: int, update: Update, vanished: Sequence[str], *, prune: bool) -> None:
    from qa.sources.find import shown

    for source in vanished:
        complain(f"{shown(source)}: vanished, {'removed' if prune else 'kept'}")
    counts = [f"{update.indexed} indexed", f"{update.changed} changed", f"{update.up_to_date} up to date"]
    if vanished:
        counts.append(f"{len(vanished)} vanished ({'removed' if prune else 'kept; --prune removes them'})")
    if update.failed:
        counts.append(f"{update.failed} failed")
    say(f"{name}: {documents} documents: {', '.join(counts)}")


def list_documents(name: str, settings: Settings, *, as_json: bool) -> None:
    """List the documents of a collection in order of source."""
    from qa.index.stores.open import open_store
    from qa.sources.find import shown

    with open_store(settings, name) as store:
        if as_json:
            import msgspec

            print_json([msgspec.to_builtins(entry) for entry in store.entries()])
            return
        for entry in store.entries():
            sizes = f"{entry.passages:,} passages, {entry.characters:,} characters"
            say(f"{shown(entry.source)}: {entry.language}, {sizes}, {entry.indexed[:10]}")


def remove_from(name: str, sources: Sequence[str], settings: Settings) -> None:
    """Remove documents from a collection, by their names or those of folders, or all of it where none is named.

    Raises:
        SourceError: a source is not in the collection; then nothing is removed.
        IndexFolderError: there is no such collection, or it cannot be used.
    """
    from qa.collections.named import documents_of
    from qa.index.stores.open import drop, open_store
    from qa.sources.fetch import Pages

    chosen: dict[str, list[str]] = {}
    if not sources:
        drop(settings, name)
    else:
        with open_store(settings, name) as store:
            chosen = documents_of(store, sources, Pages(settings), name)
            store.remove([document for documents in chosen.values() for document in documents])
    if not settings.quiet:
        for what in sources or [name]:
            count = len(chosen.get(what, ()))
            say(f"removed {what}: {count} documents" if count > 1 else f"removed {what}")
