"""Two saved runs over the same questions: the figures of both, and the questions whose result changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qa.errors import UsageError
from qa.evaluation.metrics import Judged, figures
from qa.evaluation.run import read_saved


@dataclass(frozen=True, slots=True)
class Change:
    """One question that one of the runs got right and the other did not."""

    before: Judged
    after: Judged


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figures of two runs over the questions that are in both, and the questions that changed."""

    before: dict[str, float]
    after: dict[str, float]
    lost: tuple[Change, ...]
    gained: tuple[Change, ...]


def compare(before: Path, after: Path) -> Comparison:
    """Compare two runs that were saved.

    Raises:
        UsageError: a file cannot be read, or the two have no question in common.
    """
    old, new = _by_question(before), _by_question(after)
    pairs = [Change(judged, new[key]) for key, judged in old.items() if key in new]
    if not pairs:
        raise UsageError(f"{before} and {after} have no question in common")
    return Comparison(
        before=figures([p.before for p in pairs]),
        after=figures([p.after for p in pairs]),
        lost=tuple(p for p in pairs if p.before.right and not p.after.right),
        gained=tuple(p for p in pairs if p.after.right and not p.before.right),
    )


def _by_question(path: Path) -> dict[tuple[str, str, str], Judged]:
    return {(str(j.gold.id), j.gold.question, j.gold.source or ""): j for j in read_saved(path)}
