"""Whether two short answers to one question say the same: numbers, times, names, yes or no. Pure."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Literal

from qa.answering.evidence.answer_type import asked_for
from qa.text.words import content_stems, names_and_numbers, negated, overlap, vocabulary, words_of
from qa.types import Candidate

Relation = Literal["same", "different", "unknown"]

_ON_THE_MATTER = 0.6  # share of the question's words in a sentence that says yes or no to it
_NEAR = 3  # words before a number that can say that it is rough
_ROUND = 2  # zeros at the end from which a number may be a rounded one
_YEAR = 4  # digits
_LAST_DAY = 31
_PLACE = re.compile(
    r"\bwhere\b|\b(?:in|at|to|from) (?:what|which) (?:city|country|place|region|state|street|town|village)\b",
    re.IGNORECASE,
)
_ROUGHLY = re.compile(
    r"\b(?:about|almost|approximately|around|at least|at most|close to|fewer than|less than|more than|nearly|over"
    r"|roughly|some|under|up to)\b",
    re.IGNORECASE,
)
_TITLES = frozenset("captain dr lady lord madam mayor minister miss mr mrs ms president prof professor sir".split())
_MONTHS = frozenset("january february march april may june july august september october november december".split())
_WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())


def relation(question: str, one: Candidate, other: Candidate) -> Relation:
    """Compare the answers that two candidates give.

    Only answers to a question for one thing, a number, a time, a person, a place, yes or no, are ever ``different``;
    what cannot be compared is ``unknown``.
    """
    kind = asked_for(question)
    if kind == "account":
        return "unknown"
    if kind == "yes or no":
        return _of_sentences(question, one.quote_text, other.quote_text)
    if kind == "time":
        return _of_times(one.answer_text, other.answer_text)
    if kind == "number" or _are_numbers(one.answer_text, other.answer_text):
        compared = _of_numbers(question, one, other)
    else:
        compared = _of_names(one.answer_text, other.answer_text)
        if compared == "different" and kind != "person" and not _PLACE.search(question):
            return "unknown"
    # A sentence with both answers does not mean by the one what the other sentence does.
    both = compared == "different" and (_stated(one, other) or _stated(other, one))
    return "unknown" if both else compared


def _stated(one: Candidate, other: Candidate) -> bool:
    said = names_and_numbers(one.answer_text) or content_stems(one.answer_text)
    return said <= vocabulary(other.quote_text)


def _of_sentences(question: str, one: str, other: str) -> Relation:
    if min(overlap(question, one), overlap(question, other)) < _ON_THE_MATTER:
        return "unknown"
    return "same" if negated(one) == negated(other) else "different"


def _of_names(one: str, other: str) -> Relation:
    names, others = _without_titles(one), _without_titles(other)
    if not names or not others:
        return "unknown"
    if names <= others or others <= names:
        return "same"
    named = all(any(w.name or w.opens for w in words_of(text)) for text in (one, other))
    return "different" if named and not names & others else "unknown"


def _without_titles(answer: str) -> frozenset[str]:
    return frozenset(w.stem for w in words_of(answer) if w.matters and w.text.lower() not in _TITLES)


def _of_times(one: str, other: str) -> Relation:
    parts, others = _parts_of_time(one), _parts_of_time(other)
    shared = [name for name in parts if name in others]
    if not shared:
        return "unknown"
    return "same" if all(parts[name] & others[name] for name in shared) else "different"


def _parts_of_time(text: str) -> dict[str, frozenset[str]]:
    words = words_of(text)
    lower = frozenset(w.text.lower() for w in words)
    months = lower & _MONTHS
    numbers = [w.number for w in words if w.number and w.number.isdigit()]
    parts = {
        "month": months,
        "weekday": lower & _WEEKDAYS,
        "year": frozenset(n for n in numbers if len(n) == _YEAR),
        "day": frozenset(n for n in numbers if months and int(n) <= _LAST_DAY),
    }
    return {name: found for name, found in parts.items() if found}


def _of_numbers(question: str, one: Candidate, other: Candidate) -> Relation:
    values, others = _values(one.answer_text), _values(other.answer_text)
    if not values or not others:
        return "unknown"
    rough = _is_rough(one) or _is_rough(other)
    if any(_about_equal(a, b, rough=rough) for a in values for b in others):
        return "same"
    # "Forty minutes" and "two hours" are not two counts of one thing.
    units = [_unit(c.answer_text) - content_stems(question) for c in (one, other)]
    return "unknown" if all(units) and not units[0] & units[1] else "different"


def _are_numbers(one: str, other: str) -> bool:
    """Tell whether both are a number of the same: a turnout is "61 per cent", whatever was asked for."""
    return bool(_values(one) and _values(other) and _unit(one) == _unit(other) != frozenset())


def _unit(answer: str) -> frozenset[str]:
    return frozenset(w.stem for w in words_of(answer) if w.matters and w.number is None)


def _values(answer: str) -> list[Decimal]:
    values = []
    for word in words_of(answer):
        try:
            values.append(Decimal(word.number or ""))
        except InvalidOperation:  # no number, or one such as 10:30
            continue
    return values


def _is_rough(candidate: Candidate) -> bool:
    start = candidate.answer.start - candidate.quote.start if candidate.answer and candidate.quote else 0
    before = candidate.quote_text[:start].split()[-_NEAR:]
    return bool(_ROUGHLY.search(f"{' '.join(before)} {candidate.answer_text}"))


def _about_equal(one: Decimal, other: Decimal, *, rough: bool) -> bool:
    """Tell whether the one is the other, or the other rounded: where it says so, or looks like it."""
    if one == other:
        return True
    coarse, fine = sorted((one.normalize(), other.normalize()), key=lambda n: len(n.as_tuple().digits))
    zeros = int(coarse.as_tuple().exponent)
    rounded = rough or zeros >= _ROUND or fine != fine.to_integral_value()
    return rounded and abs(fine - coarse) <= Decimal(10) ** zeros / 2
