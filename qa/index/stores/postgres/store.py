"""A collection in a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterator

from qa.errors import IndexFolderError
from qa.index.manifest import Recipe
from qa.index.stores.protocol import Listed, Store


class PostgresStore(Store):
    """One collection in a database."""

    @classmethod
    def open(cls, address: str, name: str, write: Recipe | None) -> PostgresStore:
        """Open a collection, made if there is none and it is to be written."""
        raise NotImplementedError


def collections(address: str) -> Iterator[Listed | IndexFolderError]:
    """List the collections in a database."""
    raise NotImplementedError


def drop(address: str, name: str) -> None:
    """Delete a collection."""
    raise NotImplementedError
