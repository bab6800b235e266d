from __future__ import annotations

import pytest

from qa.text.negation import negations
from qa.text.words import negated

SAYS_NO = {
    "ar": "لم يفتح المتحف|ولا أحد جاء|ليست مجانية|الدخول بدون رسوم",
    "de": "Sie kam nicht|Es gibt keinen Weg|Niemand kam|ohne Geld",
    "el": "Δεν άνοιξε|Κανείς δεν ήρθε|χωρίς χρήματα",
    "es": "No vino|Nadie vino|sin dinero|Tampoco hay",
    "fr": "Elle n'est pas venue|Il n’a rien dit|sans argent|aucune ville",
    "hi": "वह नहीं आया|बिना पैसे के",
    "it": "Non è venuta|nessuno|senza soldi",
    "pt": "Não veio|ninguém|sem dinheiro",
    "ro": "Nu a venit|n-a venit|nimeni|fără bani",
    "ru": "Она не пришла|Никто|без денег|Его нет",
    "th": "เธอไม่มา|ปราศจากเงิน",
    "tr": "Gelmedi|Bilet yok|ücretli değil|Gelmiyorlar|açılmayacak|bilinmez",
    "vi": "Cô ấy không đến|chưa mở cửa",
    "zh": "她没有来|他不去|尚未开放|无人",
}
SAYS_YES = {
    "ar": "فتح المتحف|لماذا جاء",
    "de": "Sie kam|Die Nichte kam|Keindorf liegt hier",
    "el": "Άνοιξε το μουσείο",
    "es": "Vino la nota|El notario",
    "fr": "Elle est venue|le pasteur|une nation",
    "hi": "वह आया|नाव आई",
    "it": "È venuta|la nonna",
    "pt": "Veio|a nave",
    "ro": "A venit|numele",
    "ru": "Она пришла|небо|нитка",
    "th": "เธอมา|ไม้เก่า|มิถุนายน",
    "tr": "Geldi|Mehmet geldi|elma|makale",
    "vi": "Cô ấy đến không?|đã mở cửa",
    "zh": "她来了|不久之后|不同的城市|未来|非常好|是不是你|有没有人",
}


@pytest.mark.parametrize("language", SAYS_NO)
def test_a_text_that_says_no_is_told_from_one_that_does_not(language: str) -> None:
    for text in SAYS_NO[language].split("|"):
        assert negated(text, language), text
    for text in SAYS_YES[language].split("|"):
        assert not negated(text, language), text


def test_an_unknown_language_negates_nothing() -> None:
    assert negations("not", "xx") == []
