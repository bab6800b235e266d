"""Which articles are asked about where none is named."""

from __future__ import annotations

from qa.errors import IndexFolderError, UsageError
from qa.index.catalog import manifests
from qa.paths import CHECKOUT
from qa.settings import Settings
from qa.sources.find import shown
from qa.sources.formats import SUFFIXES


def default_sources(settings: Settings, *, required: bool = True) -> list[str]:
    """Return the articles to ask where none is named: the one in seeds/ (in a checkout), else the only indexed one.

    Raises:
        UsageError: there is none, or there are several to choose from, and one is ``required``.
    """
    if CHECKOUT:
        shipped = sorted(p for p in (CHECKOUT / "seeds").iterdir() if p.suffix in SUFFIXES and p.name != "README.md")
        if shipped:
            return [shown(str(p)) for p in shipped]
    indexed = [m.source for _, m in manifests(settings.index_dir) if not isinstance(m, IndexFolderError)]
    if len(indexed) == 1:
        return [shown(indexed[0])]
    if not required:
        return []
    if indexed:
        raise UsageError(f"several articles are indexed; name one with -s: {', '.join(indexed[:8])}")
    raise UsageError("no article is named; give one with -s FILE, or index one with `qa index FILE`")
