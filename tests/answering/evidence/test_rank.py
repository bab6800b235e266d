from __future__ import annotations

import pytest

from qa.answering.evidence.confidence import features, logistic
from qa.answering.evidence.rank import rank
from qa.answering.evidence.read import candidates_of
from qa.text.words import vocabulary
from qa.types import Calibration, Candidate, Hit, Reading, Span
from tests.conftest import FakeReader, hit

WEIGHTS = {"bias": 0.0, "score": 5.0}
CALIBRATION = FakeReader("").calibration
FOUNDED = "Maria Lopez founded it in 1990."


@pytest.fixture
def hits() -> list[Hit]:
    return [hit("It sells bread.", source="b.txt"), hit(FOUNDED, source="a.txt")]


def test_what_the_reader_finds_comes_first_with_its_sentence(hits: list[Hit]) -> None:
    first, second = rank("Who founded it?", hits, FakeReader("Maria Lopez"), None, CALIBRATION)
    assert (first.answer_text, first.quote_text) == ("Maria Lopez", FOUNDED)
    assert first.probability > 0.99
    assert second.probability < 0.01


def test_the_same_words_in_two_passages_are_one_candidate() -> None:
    one = hit(FOUNDED)
    assert len(rank("Who?", [one, one], FakeReader("Maria Lopez"), None, CALIBRATION)) == 1


def test_without_a_reader_the_order_of_retrieval_stays(hits: list[Hit]) -> None:
    assert [c.hit for c in rank("Who founded it?", hits, None, None, Calibration({}, {"overlap": 9.0}, {}))] == hits
    assert rank("Who?", [], FakeReader("x"), None, CALIBRATION) == []


def test_features_tell_what_speaks_against_an_answer() -> None:
    one = Candidate(hit(FOUNDED), Span(0, 11), Span(0, len(FOUNDED)), {"score": 100.0, "answerable": -100.0})
    values = features("When did Peter Smith not found it in 1990?", one, vocabulary(FOUNDED), 3)
    assert values["unknown_names"] == pytest.approx(2 / 3)
    assert values["foreign_names"] == values["unknown_names"]
    assert values["negation"] == 1.0
    assert values["fits"] == 0.0
    assert (values["score"], values["answerable"]) == (3.0, -3.0)
    assert features("Is Maria Lopez here?", one, vocabulary(FOUNDED), 0)["echo"] == 1.0


def test_a_probability_stays_between_0_and_1() -> None:
    assert logistic({"score": 1e9}, WEIGHTS) <= 1.0
    assert logistic({"score": -1e9}, WEIGHTS) >= 0.0
    assert logistic({"score": 0.0, "unknown": 7.0}, WEIGHTS) == 0.5


def test_two_answers_of_one_sentence_tell_how_clear_the_better_is() -> None:
    one = hit("Maria and Paul founded it. It sells bread.", "Maria and Paul founded it.", "It sells bread.")
    made = candidates_of(one, [Reading(0, 5, 4.0, 1.0), Reading(10, 14, 3.0, 1.0), Reading(36, 41, 9.0, 1.0)])
    assert [c.answer_text for c in made] == ["Maria", "Paul", "bread"]
    assert [c.margin for c in made] == [1.0, -1.0, float("inf")]
