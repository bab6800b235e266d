"""What several documents say to one question: the same, different things, or nothing that can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from qa.answering.evidence.agreement import sides
from qa.types import Calibration, Candidate, Document, Hit, Passage, Span

QUESTION = "How many passengers were on the Marigold?"
SURE, UNSURE = 3.0, -3.0  # log-odds
BY_SCORE = Calibration({"score": 5.0}, {"score": 5.0}, {})


def candidate(
    source: str, text: str, answer: str, *, score: float = SURE, similarity: float = 0.6, language: str = "en"
) -> Candidate:
    span = Span(0, len(text))
    start = text.index(answer)
    hit = Hit(Document.from_text(source, text, language=language), Passage(span, (span,)), similarity, 1.0)
    return Candidate(hit, Span(start, start + len(answer)), span, {"score": score})


ONE = candidate("a", "The Marigold had 63 passengers.", "63")
SAME = candidate("b", "There were 63 passengers on the Marigold.", "63", score=2.5)
OTHER = candidate("c", "The Marigold had 71 passengers.", "71", score=2.0)


def found(*ranked: Candidate, question: str = QUESTION) -> list[list[str]]:
    """Return the documents of each side."""
    hits = [c.hit for c in ranked]
    answers = sides(question, ranked, hits, BY_SCORE)
    return [[c.hit.document.source for c in side.candidates] for side in answers]


def test_documents_that_agree_are_on_one_side() -> None:
    assert found(ONE, SAME) == [["a", "b"]]


def test_documents_that_disagree_are_on_several_the_likeliest_first() -> None:
    assert found(ONE, OTHER, SAME) == [["a", "b"], ["c"]]
    assert found(OTHER, ONE, SAME) == [["c"], ["a", "b"]]


def test_no_more_answers_are_told_apart_than_can_be_shown() -> None:
    others = [candidate(str(n), f"The Marigold had {n} passengers.", str(n)) for n in (11, 12, 13, 14)]
    assert len(found(ONE, *others)) == 3


def test_a_document_alone_agrees_with_nobody() -> None:
    assert found(ONE) == found() == []
    assert found(ONE, replace(OTHER, hit=ONE.hit)) == []


@pytest.mark.parametrize(
    "unfit",
    [
        candidate("c", "The Marigold had 71 passengers.", "71", score=UNSURE),
        candidate("c", "The Marigold had 71 passengers.", "71", language="de"),
        candidate("c", "Assistant: The Marigold had 71 passengers.", "71"),
        candidate("c", "The Marigold allegedly had 71 passengers.", "71"),
        candidate("c", "The Heron had 71 passengers.", "71"),
        # Less than half of what is asked, and far from the question.
        candidate("c", "The Marigold was built in 12 weeks.", "12"),
        candidate("c", "The Marigold had 71 passengers.", "71", similarity=0.2),
        replace(OTHER, answer=None),
    ],
    ids=["unsure", "foreign", "planted", "in doubt", "other name", "other thing", "far", "unread"],
)
def test_what_is_no_answer_of_its_own_to_the_same_question_is_no_side(unfit: Candidate) -> None:
    assert found(ONE, unfit) == []


def test_where_nothing_is_named_the_passages_share_names() -> None:
    asked = "How many people died?"
    one = candidate("a", "12 people died in Karsk, said Nils Aho.", "12")
    assert found(one, candidate("b", "13 people died in Karsk, said Nils Aho.", "13"), question=asked) == [["a"], ["b"]]
    assert found(one, candidate("b", "13 people died in Skelby, said Eva Lind.", "13"), question=asked) == []


def test_an_unsure_answer_is_compared_with_none() -> None:
    assert found(replace(ONE, signals={"score": UNSURE}), OTHER) == []


def test_each_document_is_judged_as_if_it_were_alone() -> None:
    # The better of two in one document counts, however near the other one is to it.
    behind: Sequence[Candidate] = [ONE, replace(OTHER, signals={"score": UNSURE}), OTHER]
    (first, second) = sides(QUESTION, behind, [c.hit for c in behind], BY_SCORE)
    assert second.probability == second.candidates[0].probability > 0.5
    assert first.probability > second.probability
