"""Collections by name, in the store that the settings say: a folder of one's own or a database."""

from __future__ import annotations

from collections.abc import Iterator

from qa.errors import IndexFolderError, UsageError
from qa.index.manifest import Recipe
from qa.index.stores.names import check_name
from qa.index.stores.protocol import Listed, Store
from qa.settings import Settings

_DATABASES = ("postgresql://", "postgres://")


def open_store(settings: Settings, name: str, *, write: Recipe | None = None) -> Store:
    """Open the collection ``name``; with the recipe to ``write`` it is made if there is none.

    Raises:
        UsageError: not a name of a collection, or not an address of a store.
        IndexFolderError: there is no such collection, it cannot be used, or was indexed with another recipe than
            the one to ``write``.
    """
    check_name(name)
    if _in_database(settings):
        from qa.index.stores.postgres.store import PostgresStore

        store: Store = PostgresStore.open(settings.store, name, write, settings.busy_seconds)
    else:
        from qa.index.stores.embedded.store import EmbeddedStore

        store = EmbeddedStore.open(settings.collections_dir, name, write, settings.busy_seconds)
    if write and store.recipe != write:
        store.close()
        raise IndexFolderError(
            f"{name}: was indexed with {_differing(store.recipe, write)}; give the same settings, or make it anew: "
            f"`qa remove -c {name}`, then `qa index -c {name} FOLDER`"
        )
    return store


def collections(settings: Settings) -> Iterator[Listed | IndexFolderError]:
    """List the collections of the store by name; one that cannot be used comes as its error.

    Raises:
        UsageError: not an address of a store.
        IndexFolderError: the store itself cannot be used.
    """
    if _in_database(settings):
        from qa.index.stores.postgres.store import collections as in_database

        yield from in_database(settings.store, settings.busy_seconds)
    else:
        from qa.index.stores.embedded.folders import collections as in_folder

        yield from in_folder(settings.collections_dir)


def drop(settings: Settings, name: str) -> None:
    """Delete a collection with all that it holds; the articles stay.

    Raises:
        UsageError: not a name of a collection, or not an address of a store.
        IndexFolderError: there is no such collection, or it cannot be deleted.
    """
    check_name(name)
    if _in_database(settings):
        from qa.index.stores.postgres.store import drop as from_database

        from_database(settings.store, name, settings.busy_seconds)
    else:
        from qa.index.stores.embedded.folders import drop as from_folder

        from_folder(settings.collections_dir, name, settings.busy_seconds)


def _in_database(settings: Settings) -> bool:
    if settings.store and not settings.store.startswith(_DATABASES):
        raise UsageError("store: neither empty, for a folder of one's own, nor postgresql://USER@HOST/DATABASE")
    return bool(settings.store)


def _differing(known: Recipe, wanted: Recipe) -> str:
    names = ("embedder", "language", "passage_tokens", "overlap_sentences")
    return next(
        (
            f"{n} {getattr(known, n)}, not {getattr(wanted, n)}"
            for n in names
            if getattr(known, n) != getattr(wanted, n)
        ),
        "other weights of its embedder",
    )
