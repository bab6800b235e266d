"""Web pages: the article of a page, without its navigation and advertisements."""

from __future__ import annotations

import logging
from typing import Any

from qa.errors import SourceError
from qa.sources.formats.extracted import BREAK, Extracted


def read_html(raw: bytes) -> Extracted:
    """Extract the article of a page.

    Raises:
        SourceError: the page has no article.
    """
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    article: Any = bare_extraction(raw, include_comments=False, with_metadata=True)
    if article is None or not article.text:
        raise SourceError("no article was found in the page")
    return Extracted(
        article.text.replace("\n", BREAK),
        title=article.title or "",
        author=article.author or "",
        date=article.date or "",
        address=article.url or "",
    )
