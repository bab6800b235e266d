"""The kind of answer that a question asks for, and whether a piece of text is of that kind. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Kind = Literal["number", "time", "person", "yes or no", "account", "any"]

_YES_OR_NO = re.compile(
    r"^\W*(?:and |but |so )?"
    r"(?:is|are|was|were|am|did|does|do|has|have|had|can|could|will|would|should|shall|may|might|must)"
    r"(?:n['’]t)? ",
    re.IGNORECASE,
)

_TIME = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:\w+ )?(?:year|date|day|month|decade|century|era|period|season|time)s?\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\bhow (?:many|much|old|far|long|tall|big|large|high|often|fast|wide|deep|heavy|close)\b"
    r"|\bwhat (?:is |was |are |were )?(?:the )?(?:\w+ )?"
    r"(?:percentage|percent|number|amount|share|proportion|age|price|cost|distance|rate|population|size)\b",
    re.IGNORECASE,
)
# What is answered by a sentence: a reason, a manner, an event.
_ACCOUNT = re.compile(
    r"^\W*(?:and |but |so )?(?:why\b|how\b(?! (?:is|was|are|were) \w+ (?:called|named|spelled)\b)|explain\b|describe\b"
    r"|what (?:has |had |will |would |did )?(?:just )?happen(?:s|ed|ing)?\b"
    r"|what (?:was|is|were|are) the reasons?\b)",
    re.IGNORECASE,
)
_PERSON = re.compile(r"^\W*(?:\w+\W+){0,3}?(?:who|whom|whose)\b", re.IGNORECASE)
_LONGEST = 500  # characters of a question whose form is looked at
_COUNTED = re.compile(
    r"\d|\b(?:zero|no|none|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty"
    r"|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|trillions?|dozens?|tens|few|several"
    r"|many|most|all|half|third|quarter|once|twice|double|triple|couple|majority|minority|little|single|both)\b",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday"
    r"|wednesday|thursday|friday|saturday|sunday|spring|summer|autumn|fall|winter|today|yesterday|tomorrow|morning"
    r"|afternoon|evening|night|midnight|noon|century|centuries|decades?|years?|months?|weeks?|days?|hours?|after|before"
    r"|during|since|until|when|while|age|era|period|war|time|ago|later|earlier|early|late|now|recent(?:ly)?|currently)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=64)
def asked_for(question: str) -> Kind:
    """Tell what kind of answer ``question`` asks for, by its form."""
    question = " ".join(question.split())[:_LONGEST]
    if _YES_OR_NO.match(question) and " or " not in question:
        return "yes or no"
    if _TIME.search(question):
        return "time"
    if _NUMBER.search(question):
        return "number"
    if _ACCOUNT.search(question):
        return "account"
    return "person" if _PERSON.search(question) else "any"


def fits(kind: Kind, answer: str) -> bool:
    """Tell whether ``answer`` can be of that kind; only a clear misfit is one."""
    if kind == "number":
        return bool(_COUNTED.search(answer))
    if kind == "time":
        return bool(_DATED.search(answer))
    if kind == "person":
        return any(c.isalpha() for c in re.sub(r"\b\d\S*", "", answer))
    return True
