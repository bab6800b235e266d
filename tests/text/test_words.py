from __future__ import annotations

import pytest

from qa.text.words import content_stems, names_and_numbers, negated, overlap, particulars, vocabulary, words_of


def test_a_number_in_several_words_is_one_word() -> None:
    words = words_of("Two hundred and six people met twenty, five years ago.")
    assert [(w.text, w.number) for w in words if w.number] == [
        ("Two hundred and six", "206"),
        ("twenty", "20"),
        ("five", "5"),
    ]


def test_names_are_told_from_words_that_open_a_sentence() -> None:
    words = {w.text: (w.name, w.opens) for w in words_of("Farmers met NATO in Paris. “Then they left,” said Maria.")}
    assert words["Farmers"] == (False, True)
    assert words["NATO"] == words["Paris"] == words["Maria"] == (True, False)
    assert words["Then"] == (False, False)


def test_overlap_is_the_share_of_words_that_matter() -> None:
    assert overlap("the rebels began", "The rebel began it") == 1.0
    assert overlap("rebels and tanks", "The rebel began it") == 0.5
    assert overlap("and the", "anything") == 0.0
    assert overlap("two hundred tanks", "200 tanks") == 1.0


def test_names_and_numbers_are_compared_by_stem_and_value() -> None:
    assert names_and_numbers("Did Turkey send five tanks in 1,990?") == {"turkey", "5", "1990"}
    assert particulars("Did Turkey send five tanks in 1,990?") == {"turkey", "1990"}


def test_compound_words_are_known_by_their_parts() -> None:
    assert {"anglo", "saxon", "anglo-saxon", "12"} <= vocabulary("Anglo-Saxon kings of the twelfth century")


@pytest.mark.parametrize("text", ["It did not come.", "Nobody came.", "It didn't come", "It didn’t come.", "Never!"])
def test_words_that_negate_are_known(text: str) -> None:
    assert negated(text)
    assert not negated("It came from Nottingham.")


def test_function_words_carry_no_meaning() -> None:
    assert content_stems("The rebels were in it") == {"rebel"}
