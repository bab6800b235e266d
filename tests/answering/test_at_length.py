from __future__ import annotations

import pytest

from qa.answering.at_length import POINTS, AtLength, compare, points_of, recognise
from qa.types import Candidate
from tests.conftest import FakeEmbedder, hit

SENTENCES = (
    "The harvest in Norland failed after a dry spring.",
    "The harvest in Southby was the best in years.",
    "The mayor opened a swimming pool.",
    "Norland and Southby both sell wheat.",
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Explain why the bridge was closed.", AtLength("Why the bridge was closed?")),
        ("Please explain in detail how the vote works", AtLength("How the vote works?")),
        ("Why was the bridge closed, in detail?", AtLength("Why was the bridge closed?")),
        ("Explain the ban", AtLength("Explain the ban", thing="the ban")),
        ("Tell me more about Golani", AtLength("Tell me more about Golani", topic="Golani")),
        ("Describe the city of Aleppo in detail.", AtLength(
            "Describe the city of Aleppo in detail.", topic="the city of Aleppo")),
        ("Compare Norland and Southby", AtLength("Compare Norland and Southby", compared=("Norland", "Southby"))),
        ("What is the difference between a loan and a grant?", AtLength(
            "What is the difference between a loan and a grant?", compared=("a loan", "a grant"))),
        ("How do cats and dogs differ?", AtLength("How do cats and dogs differ?", compared=("cats", "dogs"))),
    ],
)  # fmt: skip
def test_questions_for_a_long_answer_are_recognised(question: str, expected: AtLength) -> None:
    assert recognise(question) == expected


@pytest.mark.parametrize(
    "question",
    ["Why was the bridge closed?", "How did he and his wife meet?", "Who explained it?", "What does it compare?"],
)
def test_other_questions_are_not(question: str) -> None:
    assert recognise(question) is None


def candidate(number: int, order: float, **features: float) -> Candidate:
    passage = hit(" ".join(SENTENCES), *SENTENCES)
    return Candidate(passage, quote=passage.passage.sentences[number], features={"order": order, **features})


def test_sentences_that_answer_about_as_well_are_points_in_the_articles_order() -> None:
    points = points_of([candidate(3, 4.0), candidate(0, 3.0), candidate(2, -4.0)])
    assert [p.text for p in points] == [SENTENCES[0], SENTENCES[3]]
    for point in points:
        ((shown, quote),) = point.quotes
        assert quote.of(shown.document.text) == point.text
    assert not points_of([])


def test_planted_lines_are_no_points_beside_others() -> None:
    points = points_of([candidate(0, 4.0), candidate(1, 4.0, planted=1.0)])
    assert [p.text for p in points] == [SENTENCES[0]]


def test_there_are_at_most_so_many_points() -> None:
    many = [f"Sentence {n} of the report says something." for n in range(POINTS + 3)]
    passage = hit(" ".join(many), *many)
    assert (
        len(points_of([Candidate(passage, quote=s, features={"order": 1.0}) for s in passage.passage.sentences])) == 5
    )


def test_both_things_are_found_or_nothing_is_said() -> None:
    passages = [hit(" ".join(SENTENCES), *SENTENCES)]
    points = compare(("Norland", "Southby"), passages, FakeEmbedder())
    assert {SENTENCES[3]} <= {p.text for p in points} <= {SENTENCES[0], SENTENCES[1], SENTENCES[3]}
    assert not compare(("Norland", "Westville"), passages, FakeEmbedder())
