"""The words that negate, by language: what a text has one of says the opposite of the same text without it.

The words are those that the treebanks of Universal Dependencies mark as negative (the features Polarity=Neg and
PronType=Neg), and the prepositions for "without". A word that is more often something else (French "personne",
Turkish "ne") is left out.
"""

from __future__ import annotations

from functools import cache
from typing import Any

_ENGLISH = frozenset(
    "not no never none neither nor nobody nothing nowhere without cannot hardly barely scarcely unable".split()
)
_WORDS = {
    "de": "nicht nichts kein keine keinen keinem keiner keines nie niemals niemand niemanden niemandem nirgends"
    " nirgendwo weder ohne kaum",
    "el": "δεν δε μην μη όχι ούτε μήτε ποτέ κανείς κανένας καμία κανένα κανέναν κανενός τίποτα τίποτε πουθενά χωρίς"
    " δίχως",
    "es": "no nunca jamás nadie nada ningún ninguno ninguna ningunos ningunas tampoco ni sin",
    "fr": "ne pas jamais rien aucun aucune aucuns aucunes nul nulle sans ni non guère",
    "hi": "नहीं नही न ना मत बिना बगैर",
    "it": "non mai nessun nessuno nessuna niente nulla né senza neanche nemmeno neppure",
    "pt": "não nunca jamais ninguém nada nenhum nenhuma nenhuns nenhumas nem sem tampouco",
    "ro": "nu nici niciodată nimeni nimic niciun nicio nicăieri fără",
    "ru": "не ни нет нельзя никто никого никому никем ничто ничего ничему ничем никогда нигде никуда никак никакой"
    " никакая никакое никаких без",
    "tr": "değil değildi değildir yok yoktu yoktur hiç hiçbir hiçbiri asla olmadan",
    "vi": "không chưa chẳng chả đừng",
}
# Where a negation is a part of a word, or words stand without spaces, but for words that only begin or end like it.
_PATTERNS = {
    # "and not", "so not" are written as one word.
    "ar": r"\b[وف]?(?:لا|لم|لن|ليس|ليست|ليسوا|لست|لسنا|بدون|دون|غير|عدم)\b",
    "fr": r"\bn['’](?=\p{L})",
    "ro": r"\bn-(?=\p{L})",
    "th": "ไม่|มิได้|ไร้|ปราศจาก",
    # A verb is negated inside: "gelmedi", "gelmiyor", "gelmez", "gelmeyecek".
    "tr": r"(?<=\p{L}{2})(?:m[ae](?:d[ıi]|m[ıi]ş|z|y[ae]c[ae])|m[ıiuü]yor)\p{L}*\b",
    "zh": "不(?![久仅僅但过過同断斷少管论論])|[没沒]|未(?![来來])|[无無](?![线線论論数數疑])|非(?![洲常法])|勿",
}
# What only asks: "是不是", "有没有", and the "không" at the end of a Vietnamese question.
_ASKS = {
    "vi": r"(?:không|chưa)\s*(?=\?|$)",
    "zh": r"(\p{Han})[不没沒]\1",
}


def negates(word: str) -> bool:
    """Tell whether an English word negates."""
    lower = word.lower().replace("’", "'")
    return lower in _ENGLISH or lower.endswith("n't")


def negations(text: str, language: str) -> list[int]:
    """Return where in ``text`` a word or a part of one negates; nowhere in a language that is not known."""
    pattern, asks = _pattern(language)
    if pattern is None:
        return []
    plain = asks.sub(lambda m: " " * len(m.group()), text) if asks else text
    return [match.start() for match in pattern.finditer(plain)]


@cache
def _pattern(language: str) -> tuple[Any, Any]:
    import regex

    parts = [_PATTERNS[language]] if language in _PATTERNS else []
    if language in _WORDS:
        parts.append(rf"(?<![\p{{L}}\p{{M}}])(?:{'|'.join(_WORDS[language].split())})(?![\p{{L}}\p{{M}}])")
    asks = _ASKS.get(language)
    return (
        regex.compile("|".join(parts), regex.IGNORECASE) if parts else None,
        regex.compile(asks, regex.IGNORECASE) if asks else None,
    )
