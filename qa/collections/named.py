"""What a name stands for among the documents of a collection: one of them, those below a folder, those of a pattern."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from qa.errors import SourceError
from qa.index.stores.names import not_in
from qa.index.stores.protocol import Store
from qa.sources.fetch import Pages, is_address
from qa.sources.find import absolute, is_text

_ANY_DEPTH = "**"


class Pattern:
    """A pattern over whole paths, which need not be there any more; it means what it means to ``expand``.

    ``*`` stays within one name, ``**`` is any number of folders, and a name with a dot before it is matched only by
    what has one too.
    """

    def __init__(self, pattern: str) -> None:
        # The names of the folders above may have brackets in them.
        self._parts = Path(os.path.normpath(Path(glob.escape(str(Path.cwd())), pattern))).parts

    def __contains__(self, path: str) -> bool:
        return _fits(Path(path).parts, self._parts)


def documents_of(store: Store, names: Sequence[str], pages: Pages, collection: str) -> dict[str, list[str]]:
    """Return for each name the document of this path or web address, else those below it, or those that it matches.

    They need not have files any more.

    Raises:
        SourceError: a name stands for none.
        IndexFolderError: the store cannot be read.
    """
    paths = {name: absolute(str(pages.path_of(name)) if is_address(name) else name) for name in names}
    # Nothing else can be in a store; and an empty name does not mean the working folder.
    sought = {name: path for name, path in paths.items() if name and is_text(path)}
    there = {entry.source for entry in store.entries([*sought.values()])}
    found = {
        name: [path] if path in there else _below(store, path) or _matching(store, name)
        for name, path in sought.items()
    }
    for name in names:
        if not found.get(name):
            raise SourceError(not_in(collection, name))
    return found


def _below(store: Store, folder: str) -> list[str]:
    inside = folder.rstrip(os.sep) + os.sep
    return [entry.source for entry in store.entries() if entry.source.startswith(inside)]


def _matching(store: Store, named: str) -> list[str]:
    if glob.escape(named) == named:
        return []
    pattern = Pattern(named)
    return [entry.source for entry in store.entries() if entry.source in pattern]


def _fits(path: Sequence[str], pattern: Sequence[str]) -> bool:
    # How many parts of the pattern may be used up, all at once: trying one after another takes for ever with many "**".
    used = _with_no_folder({0}, pattern)
    for name in path:
        fitting = {n for n in used if n < len(pattern) and _fits_one(name, pattern[n])}
        used = _with_no_folder({n if pattern[n] == _ANY_DEPTH else n + 1 for n in fitting}, pattern)
    return len(pattern) in used


def _fits_one(name: str, part: str) -> bool:
    hidden = name.startswith(".") and not part.startswith(".")
    return not hidden and (part == _ANY_DEPTH or fnmatchcase(name, part))


def _with_no_folder(used: set[int], pattern: Sequence[str]) -> set[int]:
    for n in range(len(pattern)):
        if n in used and pattern[n] == _ANY_DEPTH:
            used.add(n + 1)
    return used
