"""What a list names side by side is not said of one another."""

from __future__ import annotations

import pytest

from qa.answering.writing.side_by_side import side_by_side

LIST = "It led to a campaign of attacks on tourists in Egypt, a bloody civil war in Algeria and a famine in Yemen."


@pytest.mark.parametrize(
    "claim",
    [
        "The campaign of attacks on tourists in Egypt was a bloody civil war in Algeria.",
        "A bloody civil war in Algeria and attacks on tourists in Egypt were a bloody civil war.",
    ],
)
def test_things_of_a_list_are_not_one_another(claim: str) -> None:
    assert side_by_side(claim, LIST)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("There was a bloody civil war in Algeria.", LIST),
        ("The campaign of attacks on tourists was in Egypt.", LIST),
        ("The founder was a baker.", "The founder, a baker and a brewer, left."),
        ("Maria Lopez was a baker.", "Maria Lopez, a baker and a brewer, left."),
        ("The small tree from Peru is a source of quinine.", "The small tree from Peru, a source of quinine, is rare."),
        ("It was", LIST),
    ],
)
def test_what_the_quote_says_of_a_thing_may_be_said(claim: str, quote: str) -> None:
    assert not side_by_side(claim, quote)
