"""Opening an assistant over the articles that a command names."""

from __future__ import annotations

from qa.answering.assistant import Assistant
from qa.answering.corpus import open_collection
from qa.answering.parts import load_parts
from qa.index.default import default_sources
from qa.protocols import Progress
from qa.settings import Settings
from qa.system.hardware import one_heap


def open_assistant(
    sources: list[str] | None,
    settings: Settings,
    *,
    collection: str | None = None,
    required: bool = True,
    progress: Progress | None = None,
) -> Assistant:
    """Open an assistant over ``sources``, or over the default article where there are none.

    With a ``collection`` it is over these documents of it, or over all where there are none.

    Raises:
        QAError: a source, the collection or a model cannot be used; or there is no source, no default, and one is
            ``required``.
    """
    one_heap()
    if collection is not None:
        parts = load_parts(settings)
        return Assistant(sources or (), settings, parts, corpus=open_collection(collection, settings, parts.embedder))
    return Assistant(
        sources or default_sources(settings, required=required), settings, load_parts(settings), progress=progress
    )
