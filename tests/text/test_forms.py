from __future__ import annotations

import pytest

from qa.text.catalogue import LANGUAGES, said
from qa.text.forms import COUNTED, SUMMARISED, asked_in

SUMMARIES = {
    "ar": "لخّص المقال.|أعطني ملخصًا للمقال|ما موضوع النص؟|ما هي النقاط الرئيسية؟",
    "de": "Fasse den Artikel zusammen.|Bitte fassen Sie den Text in drei Sätzen zusammen|"
    "Zusammenfassung|Wovon handelt der"
    " Text?|Was sind die wichtigsten Punkte?|Gib mir eine kurze Zusammenfassung des Artikels.",
    "el": "Συνόψισε το άρθρο.|Κάνε μια σύντομη περίληψη του άρθρου|Για τι μιλάει το κείμενο;|"
    "Ποια είναι τα κύρια σημεία;",
    "es": "Resume el artículo.|Resúmeme el texto, por favor|Haz un resumen del artículo|"
    "¿Cuáles son los puntos principales?",
    "fr": "Résume l’article.|Peux-tu résumer le texte ?|Fais un résumé du texte|Quels sont les points principaux ?",
    "hi": "लेख का सारांश दीजिए।|इस लेख का सारांश बताइए|मुख्य बिंदु क्या हैं?",
    "it": "Riassumi l'articolo.|Fammi un breve riassunto del testo|Quali sono i punti principali?",
    "pt": "Resuma o artigo.|Faça um resumo do texto, por favor|Quais são os pontos principais?",
    "ro": "Rezumă articolul.|Fă un rezumat al articolului|Care sunt ideile principale?",
    "ru": "О чем говорится в статье?|Кратко изложи содержание статьи.|Перескажи статью|Каковы основные мысли?",
    "th": "สรุปบทความนี้|ช่วยสรุปบทความให้หน่อย|ประเด็นสำคัญ คืออะไร",
    "tr": "Makaleyi özetle.|Bu metni kısaca özetler misin?|Makalenin özeti nedir?|Ana noktalar nelerdir?",
    "vi": "Tóm tắt bài viết.|Hãy tóm tắt nội dung bài báo này|Nội dung chính của bài viết là gì?",
    "zh": "总结这篇文章。|请概括一下文章的主要内容|文章的主题是什么？|文章主要讲了什么？",
}
COUNTS = {
    "ar": ("كم مدينة ذُكرت في المقال؟", "مدينة"),
    "de": ("Wie viele Städte werden im Artikel genannt?", "Städte"),
    "el": ("Πόσες πόλεις αναφέρονται;", "πόλεις"),
    "es": ("¿Cuántas ciudades se mencionan?", "ciudades"),
    "fr": ("Combien de villes sont mentionnées ?", "villes"),
    "hi": ("कितने शहरों का उल्लेख है?", "शहरों"),
    "it": ("Quante città sono menzionate?", "città"),
    "pt": ("Quantas cidades são mencionadas?", "cidades"),
    "ro": ("Câte orașe sunt menționate?", "orașe"),
    "ru": ("Сколько городов упомянуто в статье?", "городов"),
    "th": ("บทความกล่าวถึงเมืองกี่เมือง", "เมือง"),
    "tr": ("Kaç şehir anılıyor?", "şehir"),
    "vi": ("Bao nhiêu thành phố được nhắc đến?", "thành phố"),
    "zh": ("文章提到了多少个城市？", "城市"),
}
OTHERS = {
    "ar": "ماذا قال الرئيس؟|كم سفينة في المتحف؟",
    "de": "Worum geht es in dem Streit?|Was steht auf dem Schild?|Wie viele Autos nutzen die Brücke?|Das",
    "el": "Τι λέει ο δήμαρχος;|Πόσα βιβλία έχει;",
    "es": "¿De qué color es?|¿Qué dice el alcalde?|¿Cuántas boyas hay?",
    "fr": "Que dit le maire ?|Combien de livres a-t-elle ?",
    "hi": "मेयर ने क्या कहा?|कितने जहाज हैं?",
    "it": "Cosa dice il sindaco?|Quanti libri ha?",
    "pt": "O que diz o prefeito?|Quantos livros tem?",
    "ro": "Despre ce vorbește primarul?|Câte cărți are?",
    "ru": "О чём говорил мэр?|Сколько городов в стране?",
    "th": "ตั๋วราคาเท่าไร|มีเรือกี่ลำ",
    "tr": "Başkan ne anlatıyor?|Kaç gemi var?",
    "vi": "Thị trưởng nói về điều gì?|Có bao nhiêu con tàu?",
    "zh": "县长说了什么？|设计师讲了什么？|有多少个摊位？",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_are_known_in_each_language(language: str) -> None:
    for question in [*SUMMARIES[language].split("|"), said("What is the article about?", language)]:
        assert asked_in(language, SUMMARISED, question), question
    question, counted = COUNTS[language]
    match = asked_in(language, COUNTED, question)
    assert match
    assert match["what"] == counted


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_for_something_in_it_have_none_of_the_forms(language: str) -> None:
    for question in OTHERS[language].split("|"):
        assert not asked_in(language, SUMMARISED, question), question
        assert not asked_in(language, COUNTED, question), question


def test_a_language_without_a_catalogue_has_no_forms() -> None:
    assert asked_in("xx", SUMMARISED, "Zusammenfassung") is None
