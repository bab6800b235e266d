"""The curve of coverage against correctness, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from qa.errors import UsageError
from qa.evaluation.metrics import Judged, coverage_curve


def can_plot() -> None:
    """Make sure, before anything is asked, that a curve can be drawn.

    Raises:
        UsageError: matplotlib is missing.
    """
    if find_spec("matplotlib") is None:
        raise UsageError("--curve needs matplotlib; run `pip install matplotlib`")


def plot(judged: Sequence[Judged], path: Path) -> None:
    """Draw how right the answers are against how many questions are answered, as the threshold rises.

    Raises:
        UsageError: the picture cannot be written.
    """
    from matplotlib.figure import Figure

    curve = coverage_curve(judged)
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot(xlabel="questions answered, %", ylabel="of these right, %", xlim=(0, 100), ylim=(0, 100))
    axes.plot([100 * c for _, c, _ in curve], [100 * r for _, _, r in curve])
    axes.grid(visible=True, alpha=0.3)
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: the curve cannot be written: {error}") from error
