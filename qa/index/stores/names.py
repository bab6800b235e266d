"""The names of collections."""

from __future__ import annotations

import re

from qa.errors import IndexFolderError, UsageError

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def check_name(name: str) -> None:
    """Say that a text is no name of a collection.

    Raises:
        UsageError: it is not.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r}: not a name of a collection; up to 60 of a-z, 0-9, - and _, the first a letter or a digit"
        )


def not_in(name: str, source: str) -> str:
    """Say that a source is in no document of the collection ``name``."""
    return f"{source}: not in the collection {name}; `qa list -c {name}` shows what is"


def no_such(name: str) -> IndexFolderError:
    """Return the error that there is no collection of that name."""
    return IndexFolderError(f"{name}: no such collection; `qa list` shows them, `qa index -c {name} FOLDER` makes it")
