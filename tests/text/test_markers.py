from __future__ import annotations

from qa.text import markers


def test_markers_are_found_dropped_and_kept_apart_from_brackets() -> None:
    assert markers.numbers_in("It opened [2] in 1990 [1][2]. [x] [1, 2]") == (2, 1)
    assert markers.without("It opened [2] in 1990 [1].") == "It opened in 1990."
    assert markers.unbracketed("as said [ 7 ], or [a]") == "as said (7), or [a]"
    assert markers.replaced("so [1]", lambda m: f"<{m.group(1)}>") == "so <1>"
