from __future__ import annotations

import pytest

from qa.text.numbers import longest_number


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


@pytest.mark.parametrize("word", ["a", "no", "o", "ones", "tens", "half", "it's"])
def test_what_is_no_number_in_words_has_no_value(word: str) -> None:
    assert longest_number([word]) is None


@pytest.mark.parametrize(
    ("language", "words", "expected"),
    [
        ("ar", "٤٬٢٠٠", "4200"),
        ("ar", "٤٫٥ مليون", "4500000"),
        ("de", "4.200", "4200"),
        ("de", "4,2", "4.2"),
        ("de", "3,8 millionen", "3800000"),
        ("de", "zweihundertsechs", "206"),
        ("de", "drei millionen", "3000000"),
        ("de", "zwölfte", "12"),
        ("de", "27.11.2024", "27.11.2024"),
        ("el", "1.234,5", "1234.5"),
        ("en", "½", "0.5"),
        ("en", "２", "2"),
        ("es", "doce mil", "12000"),
        ("fr", "58\u202f000", "58000"),
        ("fr", "douzième", "12"),
        ("hi", "४.५", "4.5"),
        ("hi", "12,34,567", "1234567"),
        ("hi", "5 लाख", "500000"),
        ("it", "5,2 milioni", "5200000"),
        ("pt", "2½", "2.5"),
        ("ro", "2,5 milioane", "2500000"),
        ("ru", "5 тыс.", "5000"),
        ("ru", "1\u00a0200\u00a0000", "1200000"),
        ("th", "๔๐ ล้าน", "40000000"),
        ("tr", "4.200", "4200"),
        ("vi", "1,5 triệu", "1500000"),
        ("xx", "4,200", "4200"),
        ("zh", "4.200", "4.2"),
        ("zh", "４２", "42"),
        ("zh", "2600 万", "26000000"),
        ("zh", "两千六百万", "26000000"),
        ("zh", "三亿五千万", "350000000"),
        ("zh", "一万亿", "1000000000000"),
        ("zh", "一万零五", "10005"),
        ("zh", "十二", "12"),
        ("zh", "一九八七", "1987"),
    ],
)
def test_a_number_has_the_value_that_its_language_gives_it(language: str, words: str, expected: str) -> None:
    cut = words.split(" ")
    assert longest_number(cut, language) == (len(cut), expected)


@pytest.mark.parametrize(("language", "word"), [("tr", "on"), ("de", "autos"), ("xx", "million")])
def test_a_word_that_is_not_known_as_a_number_is_none(language: str, word: str) -> None:
    assert longest_number([word], language) is None
