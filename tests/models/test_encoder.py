"""What the encoders share."""

from __future__ import annotations

from qa.models.encoder import batches


def test_batches_hold_each_row_once_and_are_bounded() -> None:
    rows = [[0] * n for n in (3, 9, 1, 9, 4, 30)]
    groups = batches(rows, 20)
    assert sorted(i for group in groups for i in group) == list(range(6))
    assert groups[0] == [5]
    assert all(len(g) == 1 or len(g) * max(len(rows[i]) for i in g) <= 20 for g in groups)
