"""The index of a collection's words."""

from __future__ import annotations

from pathlib import Path

from qa.index.stores.embedded.words import Words


def passages(*stems: str) -> list[tuple[int, list[str]]]:
    return [(number, [stem]) for number, stem in enumerate(stems)]


def write(folder: Path, *stems: str) -> Words:
    words = Words(folder)
    words.refresh()
    words.write([(1, passages(*stems)), (2, [(10, ["harbour"])])])
    words.refresh()
    return words


def test_a_write_that_was_killed_before_its_end_can_be_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "words"
    write(folder, "bakery", "bread")
    before = (folder / "meta.json").read_bytes()
    words = Words(folder)
    words.refresh()
    words.write([(2, [])])
    deletions = [*folder.glob("*.del")]
    (folder / "meta.json").write_bytes(before)  # as if the process had died just before it was replaced

    words = Words(folder)
    words.refresh()
    words.write([(2, [])])
    words.refresh()
    assert deletions
    assert words.search(["harbour"], 1) == []
    assert [number for number, _ in words.search(["bread"], 1)] == [1]
