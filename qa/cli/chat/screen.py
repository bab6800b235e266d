"""The output of the chat: plain text, or colours where the terminal has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from qa.cli.tables import colour, show_citations
from qa.text.display import clean, one_line
from qa.text.markers import MARKER

if TYPE_CHECKING:
    from rich.console import Console

    from qa.types import Answer, Citation, Evidence, Span

# A line may break behind each sign of Chinese, Japanese and Korean, but not before what closes.
_SIGNS = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_CLOSES = "、。，．！？；：）」』》】”’…"
_PIECE = re.compile(rf"\n|[^\S\n]+|[{_SIGNS}][{_CLOSES}]*|[^\s{_SIGNS}]+")
_GLIMPSES = 3  # quotes that are shown while the answer is being written


class Screen:
    """Prints the parts of a chat on a console; whatever is printed is cleaned."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._column = 0  # where the next piece of an answer begins

    @property
    def is_terminal(self) -> bool:
        return self._console.is_terminal

    def busy(self, text: str) -> AbstractContextManager[object]:
        """Show, on a terminal, that work is going on."""
        return self._console.status(text) if self.is_terminal else nullcontext()

    def plain(self, text: str) -> None:
        """Print text as it is."""
        self._console.print(clean(text), markup=False, highlight=False, soft_wrap=not self._console.is_terminal)

    def note(self, text: str) -> None:
        """Print one line that is about the chat and not about the article."""
        self._console.print(one_line(text), style="yellow", markup=False, highlight=False, soft_wrap=True)

    def words(self, text: str) -> None:
        """Print a piece of an answer at once, its markers in the colours of their quotes."""
        from rich.text import Text

        shown = Text(self._wrapped(clean(text)))
        for match in MARKER.finditer(shown.plain):
            shown.stylize(f"bold {colour(int(match.group(1)))}", *match.span())
        self._console.print(shown, end="", soft_wrap=True)
        self._console.file.flush()

    def _wrapped(self, text: str) -> str:
        # A terminal breaks a line in the middle of a word; the pieces of an answer are not known ahead.
        if not self.is_terminal:
            return text
        from rich.cells import cell_len

        pieces = []
        for piece in _PIECE.findall(text):
            width = cell_len(piece)
            if piece == "\n":
                self._column = 0
            elif self._column > 0 and self._column + width > self._console.width and not piece.isspace():
                pieces.append("\n")
                self._column = width % self._console.width
            else:
                self._column = (self._column + width) % self._console.width
            pieces.append(piece)
        return "".join(pieces)

    def citations(self, answer: Answer) -> None:
        """Print the citations of an answer, one a line."""
        show_citations(self._console, answer)

    def quote_in_place(self, citation: Citation, text: str, around: Span) -> None:
        """Print the piece ``around`` a quote with the quote marked: by colour, or by »«."""
        from rich.text import Text

        before, after = clean(text[around.start : citation.start]), clean(text[citation.end : around.end])
        quote = clean(citation.quote)
        if not self._console.color_system:
            quote = f"»{quote}«"
        marked = Text.assemble(before, (quote, f"reverse {colour(citation.number)}"), after)
        self._console.print(marked, soft_wrap=not self._console.is_terminal)

    @contextmanager
    def working(self) -> Iterator[Working]:
        """Show, on a terminal, the evidence of the answer until its first words are written."""
        working = Working(self._console)
        try:
            yield working
        finally:
            working.stop()


class Working:
    """The temporary display while one answer is written."""

    def __init__(self, console: Console) -> None:
        self._live: Any = None
        if console.is_terminal and not console.is_dumb_terminal:
            from rich.live import Live
            from rich.text import Text

            self._live = Live(Text("searching …", style="dim"), console=console, transient=True)
            self._live.start()

    def evidence(self, evidence: Evidence) -> None:
        """Show the likeliest evidence."""
        if self._live is None:
            return
        from rich.text import Text

        quotes = dict.fromkeys(one_line(c.quote_text) for c in evidence.candidates)
        lines = [f"“{quote}”" for quote in list(quotes)[:_GLIMPSES]]
        self._live.update(Text("\n".join(lines), style="dim", overflow="ellipsis", no_wrap=True), refresh=True)

    def stop(self) -> None:
        """Remove the display."""
        if self._live:
            self._live.stop()
            self._live = None
