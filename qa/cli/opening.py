"""Which articles are meant where none is named."""

from __future__ import annotations

import os
from pathlib import Path

from qa.answering.assistant import Assistant
from qa.answering.parts import load_parts
from qa.errors import QAError, UsageError
from qa.index.catalog import manifests
from qa.paths import CHECKOUT
from qa.protocols import Progress
from qa.settings import Settings
from qa.sources.formats import SUFFIXES
from qa.system.hardware import one_heap


def open_assistant(
    sources: list[str] | None, settings: Settings, *, needed: bool = True, progress: Progress | None = None
) -> Assistant:
    """Open an assistant over ``sources``, or over what is meant where none is named.

    Raises:
        QAError: a source or a model cannot be used; or no source is named, none is meant and one is ``needed``.
    """
    one_heap()
    named = sources or default_sources(settings, needed=needed)
    return Assistant(named, settings, load_parts(settings), progress=progress)


def default_sources(settings: Settings, *, needed: bool = True) -> list[str]:
    """Return the article in seeds/ (in a checkout), else the only indexed one.

    Raises:
        UsageError: there is none, or there are several to choose from, and one is ``needed``.
    """
    if CHECKOUT:
        shipped = sorted(p for p in (CHECKOUT / "seeds").iterdir() if p.suffix in SUFFIXES and p.name != "README.md")
        if shipped:
            return [_shown(p) for p in shipped]
    indexed = [m.source for _, m in manifests(settings.index_dir) if not isinstance(m, QAError)]
    if len(indexed) == 1:
        return [_shown(Path(indexed[0]))]
    if not needed:
        return []
    if indexed:
        raise UsageError(f"several articles are indexed; name one with -s: {', '.join(indexed[:8])}")
    raise UsageError("no article is named; give one with -s FILE, or index one with `qa index FILE`")


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
