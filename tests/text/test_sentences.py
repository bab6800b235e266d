from __future__ import annotations

import pytest

from qa.text.sentences import ENDS, STOPS, WITHOUT_STOPS, sentences

CUT = {
    "ar": ["قالت ليلى: «نحن سعداء.»", "هل الدخول مجاني؟", "كتب د. سامي بركات ذلك.", "بلغ السعر ٤٫٥ دينار."],
    "de": [
        "„Wir bleiben!“, sagte sie.",
        "Im 19. Jahrhundert kam Dr. Vogt.",
        "Das war am 5.",
        "Das sagte er um 15.30 Uhr.",
    ],
    "el": ["Ποιος ήρθε;", "Ο κ. Παππάς, π.χ. ο δήμαρχος, ήρθε.", "Η κα. Άννα δηλ. η γιατρός μίλησε.", "«Ναι.»"],
    "es": ["El Sr. Pérez llegó.", "¿Cuánto cuesta?", "¡Diez euros!", "Vive en EE. UU. desde 1990."],
    "fr": ["M. Dupont est venu.", "« Vraiment ? » a-t-elle demandé.", "Elle est partie."],
    "hi": ["क्या बच्चे मुफ़्त हैं?", "हाँ।", "प्रो. वर्मा और डॉ. शर्मा आए।", "कीमत ४.५ रुपये है।"],
    "it": ["Il dott. Rossi è arrivato.", "Costa 5,2 mln. di euro.", "Poi va via."],
    "ro": ["Dl. Popescu a venit la nr. 5.", "„Suntem bucuroși.”", "A plecat."],
    "ru": ["Музей открыли в 1990 г. в Москве.", "«Да?» — спросил И. И. Иванов.", "Нет!"],
    "tr": ["Prof. Dr. Kaya geldi.", "M.Ö. 5. yüzyılda kuruldu.", "Oda no 5.", "Bu iyi mi?", "Bilet vb. ücretsizdir."],
    "vi": ["TS. Trần Bình nói tại TP. Huế.", "Giá 4,5 triệu đồng.", "Vé bao nhiêu?", "TP.HCM đóng cửa."],
    "zh": ["她说：「我们很高兴。」", "『好吗？』他问。", "票价4.5元。", "没有人回答！"],
}


@pytest.mark.parametrize("language", CUT)
def test_a_text_is_cut_where_its_language_ends_a_sentence(language: str) -> None:
    wanted = CUT[language]
    text = ("" if language == "zh" else " ").join(wanted)
    assert [span.of(text) for span in sentences(text, language)] == wanted


def test_thai_is_cut_at_spaces_but_not_inside_a_clause_or_a_name() -> None:
    first = "เมืองริมทะเลเปิดพิพิธภัณฑ์แห่งใหม่เมื่อวันพฤหัสบดี พ.ศ. 2530 โดยมีผู้ชมหลายร้อยคน"
    second = "ดร. สมชาย กล่าวว่าการก่อสร้างใช้เวลาห้าปี และใช้งบประมาณ 40 ล้านบาท"
    third = "เรือลำใหญ่ที่สุดยาวสิบแปดเมตร"
    text = f"{first} {second} {third}\nย่อหน้าใหม่"
    assert [span.of(text) for span in sentences(text, "th")] == [first, second, third, "ย่อหน้าใหม่"]


def test_paragraphs_are_never_joined() -> None:
    assert [s.of("Nr. 3.\n\nklein") for s in sentences("Nr. 3.\n\nklein", "de")] == ["Nr. 3.", "klein"]


def test_every_full_stop_ends_a_sentence() -> None:
    assert {stop for stop in STOPS.values() if stop} <= ENDS
    assert {"th", "lo"} == WITHOUT_STOPS
