from __future__ import annotations

from qa.text.display import clean, one_line, reads_from_right, size_of


def test_what_steers_or_hides_is_replaced() -> None:
    assert clean("a\x1b[2Jb\u202ec\u200bd\n\te") == "a\ufffd[2Jb\ufffdc\ufffdd\n\te"
    assert one_line("a \n\n b") == "a b"


def test_signs_that_join_letters_stay_in_the_scripts_that_need_them() -> None:
    assert clean("می\u200cخواهم") == "می\u200cخواهم"
    assert clean("क्\u200dष") == "क्\u200dष"
    assert clean("\u200da\u200cb 字\u200d") == "\ufffda\ufffdb 字\ufffd"


def test_the_first_letter_tells_which_way_a_text_runs() -> None:
    assert all(map(reads_from_right, ["متحف", "[1] “متحف” WHO"]))
    assert not any(map(reads_from_right, ["WHO متحف", "1990.", ""]))


def test_the_size_of_a_text_is_counted_in_what_its_language_parts() -> None:
    assert size_of("one two", "en") == "2 words"
    assert size_of("茶市重开", "zh") == "4 characters"
