"""An answer while it is written: what agrees with a claim is cited with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qa.answering.writing.draft import Draft, in_full, is_long, literal
from qa.types import Candidate, Span, Supported
from tests.conftest import hit


def candidate(source: str, text: str, answer: str) -> Candidate:
    found, start = hit(text, source=source), text.index(answer)
    return Candidate(found, Span(start, start + len(answer)), found.passage.span)


ONE = candidate("a", "Maria Lopez founded the bakery.", "Maria Lopez")
OTHER = candidate("b", "The founder was Mrs Lopez.", "Mrs Lopez")


def cited(claim: Supported) -> list[str]:
    (written,) = Draft((claim,)).corroborated([ONE, OTHER]).claims
    return [found.document.source for found, _ in written.quotes]


def test_a_claim_is_cited_with_the_quotes_of_all_that_agree() -> None:
    assert cited(Supported("Maria Lopez founded it.", ((ONE.hit, ONE.hit.passage.span),))) == ["a", "b"]
    assert cited(Supported("Mrs Lopez founded it.", ((OTHER.hit, OTHER.hit.passage.span),))) == ["b", "a"]


def test_a_claim_that_says_something_else_stays_alone() -> None:
    assert cited(Supported("It is a bakery.", ((ONE.hit, ONE.hit.passage.span),))) == ["a"]


def test_a_claim_from_elsewhere_stays_alone() -> None:
    third = hit("Maria Lopez was born in Hilltown.", source="c")
    assert cited(Supported("Maria Lopez was born in Hilltown.", ((third, third.passage.span),))) == ["c"]


LONG = (
    "The council of Hilltown, which had met for three days in the old mill beside the river, gave the bakery to Maria "
    "Lopez and her brother Paul, who had come from Norland, and asked the widow of the old baker, whom many knew from "
    "the market, to help them in the first winter{end}"
)


@pytest.mark.parametrize(
    ("end", "last"),
    [
        (".", "who had come from Norland …"),
        (", but the widow refused.", "the first winter, but the widow refused."),
    ],
)
def test_of_a_long_sentence_the_clauses_behind_the_answer_are_left_out_if_they_take_nothing_back(
    end: str, last: str
) -> None:
    found = candidate("a", LONG.format(end=end), "Maria Lopez")
    supported = literal(found, whole=True)
    assert supported
    assert supported.text.startswith("The council of Hilltown, which")
    assert supported.text.endswith(last)
    assert is_long(found) is not last.endswith("…")
    assert supported.quotes[0][1] == found.quote


def test_a_long_sentence_that_answers_at_its_end_is_given_whole() -> None:
    supported = literal(candidate("a", LONG.format(end="."), "the first winter"), whole=True)
    assert supported
    assert supported.text == LONG.format(end=".")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("The bakery belongs to Maria Lopez, who came late, and to Paul Berg.", True),
        ("The bakery belongs to Maria Lopez, who came late, and to nobody else in the town.", True),
        ("The bakery belongs to Maria Lopez and sells bread.", False),
        ("Maria Lopez, who came late, owns the bakery and gives bread to Paul Berg.", False),
    ],
)
def test_an_answer_that_goes_on_is_given_with_all_of_its_sentence(text: str, whole: object) -> None:
    found = replace(candidate("a", text, "Maria Lopez"), probability=0.9, exact=0.9)
    supported = in_full("Who owns the bakery?", found)
    assert (supported is not None and supported.text == text) is whole


@pytest.mark.parametrize(
    ("text", "answer", "words"),
    [
        ('It let the dollar "float" from then on.', '"float', "Float"),
        ("He named it (in 1990) after Paul.", "in 1990)", "In 1990"),
        ("They sang “Hey” and left.", "“Hey”", "“Hey”"),
        ("The 5' 3\" tall man left.", "5' 3\" tall", "5' 3\" tall"),
    ],
)
def test_no_mark_is_left_without_its_counterpart(text: str, answer: str, words: str) -> None:
    supported = literal(candidate("a", text, answer))
    assert supported
    assert supported.text == words
