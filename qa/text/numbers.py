"""Numbers to their values: "two hundred and six" is 206, "twelfth" is 12, in German "4.200" is 4200, "٤٢" is 42."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache, lru_cache

from qa.text.language import KNOWN

LONGEST = 9  # words of one number
# The languages whose numbers in words the library knows; in others digits alone are numbers.
IN_WORDS = frozenset({"ca", "de", KNOWN, "es", "fr", "it", "nl", "pt"})
FRACTIONS = "¼½¾⅐-⅞↉"
HAN_DIGITS = "〇零一二两兩三四五六七八九十百千万萬亿億"
WRITTEN_IN_HAN = frozenset({"zh", "wuu", "yue", "ja"})
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)$")
_VALUE = re.compile(r"(\d+)(?:st|nd|rd|th)?")
_VALUE_ELSEWHERE = re.compile(r"(\d+)(?:[ºª.]|[a-zè]+)?")  # "12ème", "12."
_SCALES: Mapping[str, Decimal] = {
    "hundred": Decimal(100),
    "thousand": Decimal(1_000),
    "million": Decimal(10**6),
    "billion": Decimal(10**9),
    "trillion": Decimal(10**12),
}
_COUNTED_IN = frozenset({"dozen"})  # a word that counts and that the library does not know
_SPACES = " \u00a0\u202f"
_FRACTION = re.compile(f"[{FRACTIONS}]$")
_SAME_SIGNS = str.maketrans({"٫": ".", "٬": ",", "．": "."})
_HAN_VALUES = {"两": 2, "兩": 2, "〇": 0, "零": 0}
_MYRIAD = 10_000  # from which a Chinese unit multiplies all that stands before it


def longest_number(words: Sequence[str], language: str = KNOWN) -> tuple[int, str] | None:
    """Return how many of the first ``words`` are one number, and its value; None where they begin with no number.

    Digits are joined with a word of scale after them: "3 million" is 3000000.
    """
    first = words[0]
    if first[0].isdigit() or _FRACTION.search(first):
        return _in_digits(words, language)
    if language in WRITTEN_IN_HAN and all(c in HAN_DIGITS for c in first):
        return 1, _han(first)
    if first in _COUNTED_IN and language == KNOWN:
        return 1, first
    for count in range(min(LONGEST, len(words)) if _value(first, language) else 0, 0, -1):
        if words[count - 1] != "and" and (value := _value(" ".join(words[:count]), language)) is not None:
            return count, value
    return None


def _in_digits(words: Sequence[str], language: str) -> tuple[int, str]:
    digits = digits_of(words[0], language)
    scale = scales(language).get(words[1].rstrip(".")) if len(words) > 1 else None
    if scale and re.fullmatch(r"\d+(?:\.\d+)?", digits):
        return 2, _plain(Decimal(digits) * scale)
    return 1, digits


def digits_of(token: str, language: str = KNOWN) -> str:
    """Return a number that is written in digits, of any script, in those of English: without grouping, with a point.

    What is no such number in its language ("27.11.2024", "3:1") keeps its signs.
    """
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in token.translate(_SAME_SIGNS))
    if part := _FRACTION.search(plain):
        whole = plain[: part.start()]
        value = Decimal(str(round(unicodedata.numeric(part.group()), 4)))
        return _plain(Decimal(whole or 0) + value) if whole.isdigit() or not whole else plain
    if language == KNOWN:
        return _ORDINAL.sub("", plain.replace(",", ""))
    group, decimal = _signs(language)
    if match := re.fullmatch(rf"(\d{{1,3}}(?:{group}\d{{2,3}})*{group}\d{{3}}|\d+)(?:{decimal}(\d+))?", plain):
        whole = re.sub(r"\D", "", match[1])
        return _plain(Decimal(f"{whole}.{match[2]}")) if match[2] else whole
    return plain


def grouped_by_spaces(language: str) -> bool:
    """Tell whether a language groups the digits of a number by spaces."""
    return language != KNOWN and _signs(language)[0] == f"[{_SPACES}]"


@cache
def _signs(language: str) -> tuple[str, str]:
    """Return the patterns of the signs that group digits in a language and that part off its fractions (CLDR)."""
    from babel import Locale, UnknownLocaleError
    from babel.numbers import get_decimal_symbol, get_group_symbol

    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return ",", r"\."
    # As it is typed, a space is any space.
    group = get_group_symbol(locale)
    return f"[{_SPACES}]" if group in _SPACES else re.escape(group), re.escape(get_decimal_symbol(locale))


@cache
def scales(language: str) -> Mapping[str, Decimal]:
    """Return the words that multiply the digits before them: "Millionen", "тыс", "万" (CLDR's compact numbers)."""
    if language == KNOWN:
        return _SCALES
    from babel import Locale, UnknownLocaleError

    try:
        formats = Locale.parse(language).compact_decimal_formats
    except (UnknownLocaleError, ValueError):
        return {}
    scales = {}
    for length in ("short", "long"):
        for by_size in formats.get(length, {}).values():
            for size, pattern in by_size.items():
                word = pattern.pattern.replace("'", "").strip("0\u00a0 .").lower()
                if len(word) > 1 or word > "\u0e00":  # "N" and "T" are no words
                    scales[word] = Decimal(size).scaleb(1 - pattern.pattern.count("0"))
    return scales


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _han(text: str) -> str:
    """Return the value of a Chinese number; digits in a row, as of a year, are read one by one."""
    values = [int(_HAN_VALUES.get(c, unicodedata.numeric(c, 0))) for c in text]
    if all(value < 10 for value in values):  # noqa: PLR2004 - no unit among them
        return "".join(map(str, values))
    total = section = digit = 0
    largest = _MYRIAD
    for value in values:
        if value < 10:  # noqa: PLR2004
            digit = value
        elif value < _MYRIAD:
            section, digit = section + (digit or 1) * value, 0
        else:
            before = section + digit
            # "一万亿": a larger unit counts in the smaller one before it; "三亿五千万" adds the smaller one to it.
            total = (total + before or 1) * value if value > largest else total + (before or 1) * value
            largest, section, digit = value, 0, 0
    return str(total + section + digit)


@lru_cache(maxsize=4096)
def _value(text: str, language: str) -> str | None:
    """Return the value, in digits, of words in lower case that are one number together; None where they are not."""
    # "Thousands" and "tens" count, but are no number.
    english = language == KNOWN
    if language not in IN_WORDS or (english and text.endswith("s")):
        return None
    if not text.replace(" ", "").replace("-", "").isalpha():
        return None
    from text_to_num import alpha2digit

    match = (_VALUE if english else _VALUE_ELSEWHERE).fullmatch(alpha2digit(text, language, threshold=0))
    return match[1] if match else None
