"""Bringing the indexes of several sources up to date, ahead of the first question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from qa.errors import QAError
from qa.index.builder import IndexBuilder
from qa.index.prepare import Failed
from qa.index.storage import Index
from qa.protocols import Embedder, Progress
from qa.settings import Settings
from qa.sources.fetch import Pages
from qa.sources.find import expand


@dataclass(frozen=True, slots=True)
class Updated:
    """One source whose index is up to date; ``built`` tells whether it had to be built for that."""

    source: str
    index: Index
    built: bool


def update(
    sources: Iterable[str],
    settings: Settings,
    embedder: Embedder,
    *,
    again: bool = False,
    progress: Progress | None = None,
) -> Iterator[Updated | Failed]:
    """Index each of ``sources`` unless its index is up to date; ``again`` builds all anew and fetches pages anew.

    Raises:
        SourceError: there is no such file, folder or page; what fails later is yielded, and the rest goes on.
    """
    builder = IndexBuilder(settings, embedder)
    for source in expand(sources, Pages(settings), again=again):
        try:
            index, built = builder.open(source, progress=progress, again=again)
        except QAError as error:
            yield Failed(source, error)
        else:
            yield Updated(source, index, built)
