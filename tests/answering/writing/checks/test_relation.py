"""The quote's own words, put into a relation that it does not state."""

from __future__ import annotations

import pytest

from qa.answering.writing.checks.relation import unsaid_relation

LIST = "It led to a campaign of attacks on tourists in Egypt, a bloody civil war in Algeria and a famine in Yemen."
ATTACKS = "Of this come many kinds of trouble, an attack in Egypt, a bloody civil war in Algeria and a famine in Yemen."
KING = "King David, whose elder brother Alexander had married Sybilla of Hilltown, brought bakers to Norland."
FOUNDED = "Of the same time was the founding of the Brown Bakery in Hilltown by Maria Lopez."


@pytest.mark.parametrize(
    ("claim", "quote", "reason"),
    [
        ("The campaign of attacks on tourists in Egypt was a bloody civil war in Algeria.", LIST, "beside the other"),
        ("A bloody civil war and attacks on tourists in Egypt were a bloody civil war.", LIST, "beside the other"),
        ("A bloody civil war in Algeria was an attack in Egypt.", ATTACKS, "beside the other"),
        ("Maria Lopez was the founding of the Brown Bakery in Hilltown by Maria Lopez.", FOUNDED, "twice"),
        ("King David married Sybilla of Hilltown.", KING, "says it of 'Alexander'"),
        ("Sybilla of Hilltown brought bakers to Norland.", KING, "says it of 'David'"),
        ("Jones resigned in 1990.", "Smith, who succeeded Jones, resigned in 1990.", "says it of 'Smith'"),
    ],
)
def test_a_relation_that_the_quote_does_not_state_is_named(claim: str, quote: str, reason: str) -> None:
    assert reason in unsaid_relation(claim, quote)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("There was a bloody civil war in Algeria.", LIST),
        ("The campaign of attacks on tourists was in Egypt.", LIST),
        ("The founder was a baker.", "The founder, a baker and a brewer, left."),
        ("Maria Lopez was a baker.", "Maria Lopez, a baker and a brewer, left."),
        ("The small tree from Peru is a source of quinine.", "The small tree from Peru, a source of quinine, is rare."),
        ("King David brought bakers to Norland.", KING),
        ("Smith, who succeeded Jones resigned in 1990.", "Smith, who succeeded Jones, resigned in 1990."),
        ("In May Jones resigned.", "In May, Jones resigned."),
        (
            "The largest city of the north is Old Hilltown.",
            "The largest city of the north, Old Hilltown, lies at sea and sleeps.",
        ),
        ("The group renounced violence in 2003.", "The group (or al-Nur), renounced violence in 2003."),
        ("The price had peaked in 1979.", "The price, which had peaked in 1979, fell."),
        (
            "The Brown Bakery was founded when the Brown Bakery was sold.",
            "The Brown Bakery opened; the Brown Bakery was sold.",
        ),
        ("It was", LIST),
    ],
)
def test_what_the_quote_says_of_a_thing_may_be_said(claim: str, quote: str) -> None:
    assert unsaid_relation(claim, quote) == ""
