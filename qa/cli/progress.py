"""Progress of long work, on standard error."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as RichProgress

from qa.text.display import one_line


class Bars:
    """Show one bar at a time; it goes away when it is full."""

    def __init__(self) -> None:
        self._bars: RichProgress | None = None

    def __call__(self, label: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` are done; a ``total`` of 0 is not known."""
        if self._bars is None:
            self._bars = RichProgress(console=Console(stderr=True), transient=True)
            self._bars.start()
            self._bars.add_task(label)
        self._bars.update(
            self._bars.task_ids[-1], description=escape(one_line(label)), completed=done, total=total or None
        )
        if total and done >= total:
            self._bars.stop()
            self._bars = None
