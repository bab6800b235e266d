"""HTML laid out as text, for the formats that are HTML inside; the rows of a table are lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from qa.sources.formats.extracted import BREAK

_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def lay_out(page: Any) -> str:
    """Return the text of a parsed HTML page as a browser lays it out, a table's row on one line."""
    from inscriptis import Inscriptis
    from lxml.html import builder

    # Side by side, the lines of a row's cells would alternate.
    for table in page.xpath("//table[not(ancestor::table)]"):
        rows = [
            join_cells([Inscriptis(cell).get_text() for cell in row.xpath("./td | ./th")])
            for row in table.xpath(".//tr[not(ancestor::tr)]")
        ]
        captions = [caption.text_content() for caption in table.xpath("./caption")]
        lines = builder.DIV(*(builder.P(row) for row in (*captions, *rows) if row))
        lines.tail = table.tail
        table.getparent().replace(table, lines)
    return _BLANK_LINES.sub(BREAK, Inscriptis(page).get_text()).strip()


def join_cells(cells: Sequence[str]) -> str:
    """Join the cells of a row to one line; empty if all of them are."""
    texts = [" ".join(cell.split()) for cell in cells]
    return " | ".join(texts) if any(texts) else ""
