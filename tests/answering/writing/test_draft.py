"""An answer while it is written: what agrees with a claim is cited with it."""

from __future__ import annotations

from qa.answering.writing.draft import Draft
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
