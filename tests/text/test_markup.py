"""The marks of Markdown around sentences."""

from __future__ import annotations

import pytest

from qa.text.markup import plain, unmarked
from qa.types import Span


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Thieves take 8 watches", "Thieves take 8 watches"),
        ("** About 60 million euros.", "About 60 million euros."),
        ("**About 60 million euros.**", "About 60 million euros."),
        ("- **Cost:** 60 million euros.", "Cost: 60 million euros."),
        ("| Cost | 60 million |", "Cost | 60 million"),
        ("> * It was closed.", "It was closed."),
        ("The **bridge** cost **60** million.", "The bridge cost 60 million."),
        ("-5 degrees were measured.", "-5 degrees were measured."),
        ("2**3 and 4**5 are written so.", "2**3 and 4**5 are written so."),
        ("Maria Lopez - the founder - left.", "Maria Lopez - the founder - left."),
        ("#MeToo and __init__ stay.", "#MeToo and __init__ stay."),
        ("***", "***"),
    ],
)
def test_marks_are_no_part_of_what_is_said(text: str, said: str) -> None:
    assert plain(text) == said


def test_the_place_of_a_quote_is_that_of_its_words() -> None:
    text = "First.\n\n## Thieves take 8 watches **\n"
    assert unmarked(text, Span(8, 35)).of(text) == "Thieves take 8 watches"
    assert unmarked(text, Span(0, 6)) == Span(0, 6)
