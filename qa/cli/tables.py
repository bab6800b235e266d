"""Tables and citations, printed by the commands and by the chat."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from qa.text.display import one_line

if TYPE_CHECKING:
    from rich.console import Console

    from qa.types import Answer, Citation

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
_WIDEST = 2000  # columns of a table that is piped


def colour(number: int) -> str:
    """Return the colour that a marker and its quote share."""
    return _COLOURS[(number - 1) % len(_COLOURS)]


def show_citation(console: Console, citation: Citation) -> None:
    """Print one citation: its number, its quote and its place."""
    from rich.text import Text

    page = f"page {citation.page}, " if citation.page else ""
    line = Text.assemble(
        (f"[{citation.number}] ", colour(citation.number)),
        f"“{one_line(citation.quote)}”",
        (f"  {one_line(citation.source)}, {page}characters {citation.start}-{citation.end}", "dim"),
    )
    console.print(line, soft_wrap=not console.is_terminal)


def show_citations(console: Console, answer: Answer) -> None:
    """Print the citations of an answer, one a line."""
    for citation in answer.citations:
        show_citation(console, citation)


def show_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[str] = (),
    console: Console | None = None,
) -> None:
    """Print a table, on standard output if no ``console`` is given.

    No cell is cut off, and where the output is piped, a row is one line. ``right`` are the columns of figures.
    """
    from rich.console import Console
    from rich.table import Table

    console = console or Console()
    if not console.is_terminal:
        console = Console(file=console.file, width=_WIDEST)
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(one_line(name), justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(one_line, row))
    console.print(table, markup=False)


def show_figures(console: Console, figures: Mapping[str, Mapping[str, float]]) -> None:
    """Print figures as a table: a column for each group, a row for each figure."""
    names = dict.fromkeys(name for group in figures.values() for name in group)
    rows = [[name, *(f"{group[name]:g}" if name in group else "-" for group in figures.values())] for name in names]
    show_table(["figure", *figures], rows, right=[*figures], console=console)
