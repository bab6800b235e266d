from __future__ import annotations

import pytest

from qa.text.positions import place_of
from qa.types import Span

TEXT = "Title\n\nOne line.\nAnother line.\n \n\nThird paragraph."


@pytest.mark.parametrize(
    ("start", "paragraph", "line"), [(0, 1, 1), (7, 2, 3), (TEXT.index("Another"), 2, 4), (TEXT.index("Third"), 3, 7)]
)
def test_a_place_is_counted_from_one(start: int, paragraph: int, line: int) -> None:
    place = place_of(TEXT, Span(start, start + 3))
    assert (place.paragraph, place.line) == (paragraph, line)
    assert place.around.start <= start < place.around.end


def test_a_quote_over_two_paragraphs_is_shown_whole() -> None:
    span = Span(TEXT.index("Another"), len(TEXT))
    assert place_of(TEXT, span).around == Span(7, len(TEXT))
