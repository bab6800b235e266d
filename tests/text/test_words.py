from __future__ import annotations

import pytest

from qa.text.words import (
    capital,
    content_stems,
    length,
    names_and_numbers,
    negated,
    overlap,
    own_case,
    particulars,
    vocabulary,
    words_of,
)


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


def numbers(text: str, language: str) -> list[str]:
    return [w.number for w in words_of(text, language) if w.number is not None]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ar", "بلغ السعر ٤٫٥ مليون دينار في عام ١٩٨٧", ["4500000", "1987"]),
        ("de", "Rund 4.200 Autos und 3,8 Millionen Euro", ["4200", "3800000"]),
        ("fr", "Elle a 58 000 livres et 2½ portes", ["58000", "2.5"]),
        ("hi", "टिकट ४.५ लाख रुपये का है", ["450000"]),
        ("ru", "Пришли 58 000 человек, билет стоит 5 тыс. рублей", ["58000", "5000"]),
        ("th", "ตั๋วราคา ๔๐ ล้านบาท", ["40000000"]),
        ("vi", "Vé có giá 1,5 triệu đồng", ["1500000"]),
        ("zh", "共花费两千六百万元，2600万游客，1908年，120个", ["26000000", "26000000", "1908", "120"]),
    ],
)
def test_numbers_of_a_text_are_read_in_its_language(language: str, text: str, expected: list[str]) -> None:
    assert numbers(text, language) == expected


def test_a_vowel_sign_is_a_part_of_its_word() -> None:
    assert [w.text for w in words_of("हिन्दी की किताब", "hi")] == ["हिन्दी", "की", "किताब"]


def test_where_no_spaces_part_words_two_signs_are_a_word() -> None:
    assert [w.text for w in words_of("红茶WHO茶", "zh")] == ["红茶", "WHO", "茶"]
    assert [w.text for w in words_of("ไม่ฟรี", "th")] == ["ไม่", "ม่ฟ", "ฟรี"]
    assert overlap("重开茶市", "老茶市重开", "zh") == pytest.approx(2 / 3)


def test_names_are_told_without_capitals_by_their_marks_and_their_script() -> None:
    assert particulars("《红楼梦》和WHO在1908年说了什么？", "zh") == {"红楼", "楼梦", "who", "1908"}
    assert particulars("من بنى متحف «الزيتون» مع WHO عام ١٩٨٧؟", "ar") == {"زيت", "who", "1987"}
    assert particulars("Wer baute Lindenau im Jahr 1874?", "de") >= {"lindenau", "1874"}


def test_turkish_has_two_letters_i() -> None:
    assert words_of("IRMAK", "tr")[0].stem == words_of("ırmak", "tr")[0].stem
    assert capital("istanbul", "tr") == "İstanbul"
    assert capital("istanbul", "en") == "Istanbul"


def test_the_length_of_a_text_is_counted_in_words() -> None:
    assert length("three short words", "en") == 3
    assert length("茶市重开了，", "zh") == 2


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("AlepPO, in the north, fell.", "ALEPPO, in the north, fell."),
        ("The army of NatO left the city.", "The army of NATO left the city."),
        ("The McDonald report was read.", "The McDonald report was read."),
        ("The US and the WHO left.", "The US and the WHO left."),
        ("QxZ fell. A city in the north fell.", "QxZ fell. A city in the north fell."),
    ],
)
def test_odd_capitals_are_written_as_the_source_has_them(text: str, written: str) -> None:
    sources = ["ALEPPO, in the north, fell to NATO.", "What does the McDonald report say to us, and who wrote it?"]
    assert own_case(text, sources) == written
