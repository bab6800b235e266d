"""The folders of collections: made, locked, listed, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from qa.errors import IndexFolderError
from qa.index.catalog import size_of
from qa.index.manifest import Recipe
from qa.index.stores.embedded.catalogue import Catalogue
from qa.index.stores.names import no_such
from qa.index.stores.protocol import Listed
from qa.system.files import delete_folder
from qa.system.locks import held

CATALOGUE = "catalogue.sqlite"
PATTERNS = (f"*/{CATALOGUE}", ".locks/*.lock")  # its own files in the folder of the collections


def held_for_writing(folder: Path, seconds: float) -> AbstractContextManager[None]:
    """Keep other processes from writing a collection."""
    return held(folder, seconds, instead="the setting collections_dir names another folder")


def make(folder: Path, recipe: Recipe, seconds: float) -> None:
    """Make an empty collection unless there is one.

    Raises:
        IndexFolderError: it cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise IndexFolderError(f"{folder}: cannot be written: {error.strerror}") from error
    catalogue = Catalogue(folder / CATALOGUE, seconds)
    try:
        catalogue.make(recipe)
    finally:
        catalogue.close()


def collections(collections_dir: Path) -> Iterator[Listed | IndexFolderError]:
    """List the collections in a folder by name; one that cannot be used comes as its error."""
    for path in sorted(collections_dir.glob(f"[!.]*/{CATALOGUE}")):
        try:
            catalogue = Catalogue(path, seconds=1.0)
            try:
                if catalogue.exists():
                    recipe, (documents, passages) = catalogue.recipe(), catalogue.counts()
                    yield Listed(path.parent.name, recipe, documents, passages, size_of(path.parent))
            finally:
                catalogue.close()
        except IndexFolderError as error:
            yield error


def drop(collections_dir: Path, name: str, seconds: float) -> None:
    """Delete a collection.

    Raises:
        IndexFolderError: there is no such collection, it cannot be deleted, or is in use by another process for more
            than ``seconds``.
    """
    folder = collections_dir / name
    if not folder.is_dir():
        raise no_such(name)
    with held_for_writing(folder, seconds):
        try:
            delete_folder(folder)
        except OSError as error:
            raise IndexFolderError(f"{folder}: cannot be removed: {error.strerror}") from error
