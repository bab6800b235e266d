"""A collection in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qa.errors import IndexFolderError
from qa.index.manifest import Recipe
from qa.index.stores.protocol import Listed, Store


class EmbeddedStore(Store):
    """One collection in a folder of its own."""

    @classmethod
    def open(cls, collections_dir: Path, name: str, write: Recipe | None, seconds: float) -> EmbeddedStore:
        """Open a collection, made if there is none and it is to be written."""
        raise NotImplementedError


def collections(collections_dir: Path) -> Iterator[Listed | IndexFolderError]:
    """List the collections in a folder."""
    raise NotImplementedError


def drop(collections_dir: Path, name: str, seconds: float) -> None:
    """Delete a collection."""
    raise NotImplementedError
