from __future__ import annotations

import pytest

from qa.text.numbers import longest_number, value_of


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("two hundred people", (2, "200")),
        ("two hundred and six people", (4, "206")),
        ("twenty-one doors", (1, "21")),
        ("twelfth century", (1, "12")),
        ("12th century", (1, "12")),
        ("1,200 jobs", (1, "1200")),
        ("3 million", (2, "3000000")),
        ("three million", (2, "3000000")),
        ("1.5 million", (2, "1500000")),
        ("nineteen ninety", (1, "19")),
        ("two and three", (1, "2")),
        ("dozen eggs", (1, "dozen")),
        ("3:1 million", (1, "3:1")),
        ("thousands of people", None),
        ("and two", None),
        ("people", None),
    ],
)
def test_the_longest_number_is_read(words: str, expected: tuple[int, str] | None) -> None:
    assert longest_number(words.split()) == expected


@pytest.mark.parametrize("word", ["a", "no", "o", "ones", "tens", "half", "it's", "12", ""])
def test_what_is_no_number_in_words_has_no_value(word: str) -> None:
    assert value_of([word]) is None
