"""What a person sees: plain text, or colours where the terminal has them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from qa.types import Answer, Citation

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
_HIDDEN = {"Cc", "Cf", "Co", "Cn", "Cs"}
_KEPT = {"\n", "\t"}


def clean(text: str) -> str:
    """Replace the characters that could steer the terminal or hide text; what is quoted in JSON is left as it is."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in _HIDDEN and c not in _KEPT else c for c in text
    )


def one_line(text: str) -> str:
    """Fold white space, for a message that must stay on one line."""
    return " ".join(clean(text).split())


def colour(number: int) -> str:
    """Return the colour that a marker and its quote share."""
    return _COLOURS[(number - 1) % len(_COLOURS)]


def show_citation(console: Console, citation: Citation) -> None:
    """Print one citation: its number, its quote and its place."""
    from rich.text import Text

    line = Text.assemble(
        (f"[{citation.number}] ", colour(citation.number)),
        f"“{one_line(citation.quote)}”",
        (f"  {one_line(citation.source)}, characters {citation.start}-{citation.end}", "dim"),
    )
    console.print(line, soft_wrap=not console.is_terminal)


def show_citations(console: Console, answer: Answer) -> None:
    """Print the citations of an answer, one a line."""
    for citation in answer.citations:
        show_citation(console, citation)


def show_figures(console: Console, figures: Mapping[str, Mapping[str, float]]) -> None:
    """Print figures as a table: a column for each group, a row for each figure."""
    from rich.table import Table

    names = list(dict.fromkeys(name for group in figures.values() for name in group))
    table = Table(box=None, pad_edge=False)
    table.add_column("figure")
    for group in figures:
        table.add_column(one_line(group), justify="right")
    for name in names:
        table.add_row(name, *(f"{group[name]:g}" if name in group else "-" for group in figures.values()))
    console.print(table)
