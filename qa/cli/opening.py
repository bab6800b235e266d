"""Opening an assistant over the articles that a command names."""

from __future__ import annotations

from qa.answering.assistant import Assistant
from qa.answering.parts import load_parts
from qa.index.default import default_sources
from qa.protocols import Progress
from qa.settings import Settings
from qa.system.hardware import one_heap


def open_assistant(
    sources: list[str] | None, settings: Settings, *, required: bool = True, progress: Progress | None = None
) -> Assistant:
    """Open an assistant over ``sources``, or over the default article where there are none.

    Raises:
        QAError: a source or a model cannot be used; or there is no source, no default, and one is ``required``.
    """
    one_heap()
    return Assistant(
        sources or default_sources(settings, required=required), settings, load_parts(settings), progress=progress
    )
