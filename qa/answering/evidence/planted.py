"""Lines of an article that speak to a program or play a conversation: they are no part of its report. Pure."""

from __future__ import annotations

import re

from qa.types import Span

_MARKUP = re.compile(
    r"<\|[^|>\n]*\|>|\[/?INST\]|<</?SYS>>|</?(?:system|assistant|user|instructions?|prompt|context)>"
    r"|^\s*#{2,}\s*(?:instructions?|response|input|system|user|assistant|human)\b",
    re.IGNORECASE | re.MULTILINE,
)
_SPEAKER = re.compile(
    r"^[\s>*_-]*(?:q|a|question|answer|user|assistant|system|human|ai|bot|chatbot|prompt|model)[*_]*\s*\d*\s*[:：]",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}"
    r"\b(?:instructions?|prompts?|rules|article|text|passages?|above|previous|context)\b"
    r"|\b(?:language models?|chatbots?|ai (?:assistant|model|system)s?|the assistant|any assistant|llms?)\b[^.\n]{0,40}"
    r"\b(?:must|should|shall|has to|have to|answers?|repl(?:y|ies)|responds?|says?|outputs?|states?|told|instructed)\b"
    r"|\b(?:you are|act as|pretend to be)\b[^.\n]{0,20}\b(?:assistant|ai|language model|chatbot|system)\b"
    r"|\b(?:if|when(?:ever)?) (?:you are asked|you're asked|the (?:user|question) asks)\b"
    r"|\b(?:the (?:correct|right|only|true) answer (?:is|to)|answer (?:every|all|any|each|the) (?:\w+ )?questions?)\b"
    r"|\b(?:answer|reply|respond)\b (?:only |always |exactly )?(?:with|by saying)\b"
    r"|\bsystem (?:prompt|message|override|note)\b",
    re.IGNORECASE,
)


def planted(text: str, span: Span) -> bool:
    """Tell whether ``span`` stands in a line of chat markup or of questions and answers, or is an instruction."""
    begin, end = text.rfind("\n", 0, span.start) + 1, text.find("\n", span.end)
    line = text[begin : end if end >= 0 else len(text)]
    if _MARKUP.search(line) or _SPEAKER.match(line) or _ADDRESSED.search(span.of(text)):
        return True
    # "Assistant:" can stand on a line of its own above what it is made to say.
    above = text[:begin].rstrip("\n").rpartition("\n")[2]
    return bool(_MARKUP.search(above) or ((match := _SPEAKER.match(above)) and not above[match.end() :].strip()))
