"""Questions about the article as a file: who wrote it, and when. Answered from the lines in which its file says so."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.answering.evidence.head import LINES, field_of
from qa.types import Hit, Supported

_VERB = r"(?:wr(?:ote|itten|ites?)|author(?:ed)?|posted|published|issued|released|dated)"
_THIS = re.compile(
    r"\bthis (?:[\w-]+ ){0,2}?(?:article|text|piece|story|page|post|document|report|guide|notice|recipe|review"
    r"|interview|release|paper|column|blog|entry|advert\w*|letter|essay|minutes|obituary|transcript|note)\b"
    rf"|\bthe (?:article|text|piece|story|page|post|document)\b|\bthis {_VERB}\b|\b{_VERB} this\W*$",
    re.IGNORECASE,
)
_SAYS = re.compile(rf"\b{_VERB}\b|\bauthors?\b|\bdate\b", re.IGNORECASE)
_WHO = re.compile(r"\b(?:who|whom|authors?|writer|whose)\b", re.IGNORECASE)
_WHEN = re.compile(r"\bwhen\b|\b(?:what|which) (?:date|day|year)\b|\bdate\b", re.IGNORECASE)
_SHORT = re.compile(r"\W*(?:(?:the|and|who|name of|please)\W+)*(?:author|date)s?\b[\w\s,]{0,25}\W*", re.IGNORECASE)


def fields_asked(question: str) -> tuple[str, ...]:
    """Return what the question asks of the article's file: ``author``, ``date``, both, or nothing."""
    asked = " ".join(question.split())
    if not (_SHORT.fullmatch(asked) or (_THIS.search(asked) and _SAYS.search(asked))):
        return ()
    return tuple(name for name, sign in (("date", _WHEN), ("author", _WHO)) if sign.search(asked))


def at_an_end(hits: Sequence[Hit]) -> list[Hit]:
    """Keep the hits that open or close their document, where a text is signed and dated."""
    return [
        hit
        for hit in hits
        if not hit.document.text[: hit.passage.span.start].strip()
        or not hit.document.text[hit.passage.span.end :].strip()
    ]


def answer(fields: Sequence[str], hits: Sequence[Hit]) -> list[Supported]:
    """Answer from the passages of one document; nothing where its file does not say all of ``fields``."""
    said = []
    for name in fields:
        for hit in hits:
            span = next((s for s in hit.passage.sentences if field_of(hit, s) == name), None)
            if span:
                value = span.of(hit.document.text).removeprefix(LINES[name]).rstrip(". ")
                said.append(Supported(value, ((hit, span),)))
                break
    return said if len(said) == len(fields) else []
