"""Two answers to one question compared."""

from __future__ import annotations

import pytest

from qa.answering.evidence.same_answer import relation
from qa.types import Candidate, Span
from tests.conftest import hit

MANY = "How many people were there?"
WHEN = "When did it open?"
WHO = "Who founded it?"
WHERE = "Where did it happen?"
TURNOUT = "What was the turnout?"
WHAT = "What does it sell?"
CLOSED = "Was the bridge closed?"
WHY = "Why was it closed?"


def candidate(marked: str) -> Candidate:
    """Make a candidate of a sentence with its answer between asterisks."""
    before, answer, after = marked.split("*")
    quote = hit(before + answer + after)
    return Candidate(quote, Span(len(before), len(before) + len(answer)), quote.passage.span)


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (MANY, "*4,200* came.", "There were *4,200 people*."),
        (MANY, "*4,200* came.", "*About 4,200* came."),
        (MANY, "*4,187* came.", "*4,200* came."),
        (MANY, "*4,200* came.", "More than *4,000* came."),
        (MANY, "*27* came.", "Some *30* came."),
        (MANY, "*Three million* came.", "*3,000,000* came."),
        (TURNOUT, "It was *61 per cent*.", "It was *61.4 per cent*."),
        (WHEN, "It opened *in March 2021*.", "It opened *on 12 March 2021*."),
        (WHEN, "It opened *on 2 May*.", "It opened *on May 2*."),
        (WHO, "*Maria Lopez* did.", "It was *Mayor Lopez*."),
        (WHO, "*Dr Ana Ruiz* did.", "It was *Ana Ruiz*."),
        (WHERE, "It was *in Hilltown*.", "It was *in the north of Hilltown*."),
        (WHAT, "It sells *bread*.", "It sells *bread*, he said."),
        (CLOSED, "*The bridge was closed.*", "*The old bridge was closed on Monday.*"),
    ],
)
def test_the_same(question: str, one: str, other: str) -> None:
    assert relation(question, candidate(one), candidate(other)) == "same"
    assert relation(question, candidate(other), candidate(one)) == "same"


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (MANY, "*30* came.", "*27* came."),
        (MANY, "*4,200* came.", "*5,000* came."),
        (MANY, "*Three* came.", "*Five people* came."),
        (TURNOUT, "It was *61 per cent*.", "It was *64 per cent*."),
        (WHEN, "It opened *on 1 July*.", "It opened *on 1 June*."),
        (WHEN, "It opened *in 1990*.", "It opened *in 1994*."),
        (WHEN, "It opened *on Monday*.", "It opened *on Tuesday evening*."),
        (WHO, "*Maria Lopez* did.", "*Peter Smith* did."),
        (WHERE, "It was *in Hilltown*.", "It was *in Southby*."),
        (CLOSED, "*The bridge was closed.*", "*The bridge was not closed.*"),
    ],
)
def test_different(question: str, one: str, other: str) -> None:
    assert relation(question, candidate(one), candidate(other)) == "different"
    assert relation(question, candidate(other), candidate(one)) == "different"


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        # Not two counts of one thing.
        (MANY, "*Forty minutes* went by.", "*Two hours* went by."),
        (TURNOUT, "It was *61 per cent*.", "It was *3,000 votes*."),
        (MANY, "*Many* came.", "*300* came."),
        (MANY, "*826* died, of 1,200.", "*1,200* people and 826 of them children."),
        (WHEN, "It opened *on Tuesday*.", "It opened *on 12 March*."),
        (WHEN, "It opened *after the war*.", "It opened *in 1950*."),
        (WHO, "*Maria Lopez* did.", "*Peter Smith* did, said Maria Lopez."),
        (WHO, "*Maria Lopez* did.", "*the town* did."),
        (WHO, "*Maria Lopez* did.", "*Pedro Lopez* did."),
        # What is sold can be several things, and a reason can be told in many ways.
        (WHAT, "It sells *Bread*.", "It sells *Milk*."),
        (WHY, "It was closed *because of 3 cracks*.", "It was closed *because of 5 cracks*."),
        (CLOSED, "*The bridge was closed.*", "*The road is not safe.*"),
    ],
)
def test_what_cannot_be_compared_is_unknown(question: str, one: str, other: str) -> None:
    assert relation(question, candidate(one), candidate(other)) == "unknown"
    assert relation(question, candidate(other), candidate(one)) == "unknown"
