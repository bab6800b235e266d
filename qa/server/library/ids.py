"""The ids of a collection's documents: made of their paths, so that they are the same at every server over it."""

from __future__ import annotations

import base64

_MARK = "c."


def id_of_document(path: str) -> str:
    """Return the id of the document of a whole path."""
    return _MARK + base64.urlsafe_b64encode(path.encode()).decode().rstrip("=")


def is_of_document(identifier: str) -> bool:
    """Tell whether an id has the form of a document's; any other is of a file with an index of its own."""
    return identifier.startswith(_MARK)


def path_of_document(identifier: str) -> str:
    """Return the path of which an id is made; empty where it is not the id of any."""
    coded = identifier.removeprefix(_MARK)
    try:
        path = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
    except ValueError:
        return ""
    # No path has one, and databases refuse it.
    return "" if "\0" in path else path
