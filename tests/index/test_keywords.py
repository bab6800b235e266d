"""Words as stems, which collections of several languages share."""

from __future__ import annotations

import pytest

from qa.index.keywords import stems, stems_asked


def test_stems_keep_order_and_number() -> None:
    assert list(stems(["The houses and a house.", "Bakeries"], "en")) == [["hous", "hous"], ["bakeri"]]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Die Häuser", "de", ["haus"]),
        ("面 包。店", "zh", ["面", "包", "店"]),
        ("हिन्दी भाषा", "hi", ["हिन", "दी", "भाषा"]),
        ("", "en", []),
    ],
)
def test_stems_can_be_joined_by_spaces(text: str, language: str, expected: list[str]) -> None:
    (found,) = stems([text], language)
    assert found == expected
    assert " ".join(found).split() == found


def test_a_question_has_its_stems_in_each_language_once() -> None:
    assert stems_asked("Kirchen Kirchen", ["en", "de"]) == ["kirchen", "kirch"]
    assert stems_asked("Kirchen", []) == []
