"""Numbers written in words to their values: "two hundred and six" is 206, "twelfth" is 12."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from qa.text.language import KNOWN

LONGEST = 9  # words of one number
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)$")
_VALUE = re.compile(r"(\d+)(?:st|nd|rd|th)?")
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_COUNTED_IN = frozenset({"dozen"})  # a word that counts and that the library does not know


def value_of(words: Sequence[str]) -> str | None:
    """Return the value, in digits, of words in lower case that are one number together; None where they are not."""
    return _value(" ".join(words))


def longest_number(words: Sequence[str]) -> tuple[int, str] | None:
    """Return how many of the first ``words`` are one number, and its value; None where they begin with no number.

    Digits are joined with a word of scale after them: "3 million" is 3000000.
    """
    first = words[0]
    if first[0].isdigit():
        digits = _ORDINAL.sub("", first.replace(",", ""))
        if len(words) > 1 and words[1] in _SCALES and re.fullmatch(r"\d+(?:\.\d+)?", digits):
            return 2, _plain(Decimal(digits) * _SCALES[words[1]])
        return 1, digits
    if first in _COUNTED_IN:
        return 1, first
    if value_of(words[:1]) is None:
        return None
    for count in range(min(LONGEST, len(words)), 1, -1):
        if words[count - 1] != "and" and (value := value_of(words[:count])) is not None:
            return count, value
    return 1, value_of(words[:1]) or first


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


@lru_cache(maxsize=4096)
def _value(text: str) -> str | None:
    # "Thousands" and "tens" count, but are no number.
    if text.endswith("s") or not text.replace(" ", "").replace("-", "").isalpha():
        return None
    from text_to_num import alpha2digit

    match = _VALUE.fullmatch(alpha2digit(text, KNOWN, threshold=0))
    return match[1] if match else None
