from __future__ import annotations

import pytest

from qa.text.language import language_of_question


@pytest.mark.parametrize(
    ("question", "article", "expected"),
    [
        ("Was kostet die Sanierung?", "de", "de"),
        ("Was the bridge closed?", "de", "en"),
        ("Who is Karin Vogt?", "de", "en"),
        ("Wer ist Karin Vogt?", "de", "de"),
        ("How heavy is a buoy?", "es", "en"),
        ("¿Cuánto pesa cada boya?", "es", "es"),
        ("Combien de livres la bibliothèque possède-t-elle ?", "fr", "fr"),
        ("Kaç gemi var?", "tr", "tr"),
        ("Câte corăbii are muzeul?", "ro", "ro"),
        ("Giá vé bao nhiêu?", "vi", "vi"),
        ("ตั๋วราคาเท่าไร", "th", "th"),
        ("Who is the director?", "ar", "en"),
        ("ما هو دور WHO؟", "ar", "ar"),
        ("谁设计了茶市？", "yue", "yue"),
        ("1990?", "de", "de"),
        # In a script that neither the article nor English has.
        ("Сколько стоит билет?", "de", "ru"),
        ("من مديرة المتحف؟", "en", "ar"),
        ("संग्रहालय कब खुला?", "en", "hi"),
        ("Ποιος ήρθε;", "en", "el"),
        ("県長は誰でしょうか", "en", "en"),
        ("Who said “naïve”?", "en", "en"),
        ("Wer ist sie?", "en", "en"),
    ],
)
def test_a_short_question_is_in_the_articles_language_or_in_english(question: str, article: str, expected: str) -> None:
    assert language_of_question(question, [article]) == expected


def test_where_no_word_tells_the_whole_question_is_looked_at() -> None:
    assert language_of_question("Brückenpfeiler sanieren?", ["de", "es"]) == "de"
    assert language_of_question("Fährt er?", ["xx"]) in {"xx", "en"}
