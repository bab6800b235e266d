"""A question that leans on the conversation to one that stands alone. Pure: rules, so it adds no word of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.text import markers
from qa.text.catalogue import NOT_IN_ARTICLE, said
from qa.text.language import FUNCTION_WORDS, KNOWN
from qa.text.words import capital, length
from qa.types import Turn

_NAME = re.compile(
    r"(?:\b[A-Z][\w'’]*|\bal-[A-Z]\w*)(?:[- ](?:(?:of|the|de|von|bin|al) )?(?:al-)?[A-Z][\w'’]*)*(?: \([A-Z]+\))?"
)
_PERSON = re.compile(r"\b(he|him|his|she|her|hers)\b", re.IGNORECASE)
_THING = re.compile(r"\b(it|its)\b(?! (?:true|possible|likely|clear|take|takes|took|that)\b)", re.IGNORECASE)
_MANY = re.compile(r"\b(they|them|their|theirs)\b", re.IGNORECASE)
_POINTING = re.compile(
    r"\b(?:this|these|those)\b|\b(?:of|about|by|to|with|for|after|before|in|from|is|was|does|did|like) that\b"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )\bthere\b(?! (?:is|are|was|were|be)\b)"
    r"|\b(?:the )?(?:others?|same|former|latter)\b(?= *\?*$)|\bwhich ones?\b"
    r"|\b(?:what|who|where|anything|anyone) else\b",
    re.IGNORECASE,
)
# "And the leader of the council, is he certain?" may name whom it asks about.
_SET_BEFORE = re.compile(
    r"^(?:and |but |so )?(?:the|an?|this|that) [^,?]{3,60}, (?:is|are|was|were|do|does|did|has|have|had|will|can)\b",
    re.IGNORECASE,
)
_PICKS_UP = re.compile(r"^(?:and|but|so|or|then)\b[ ,]*", re.IGNORECASE)
_ELLIPSIS = re.compile(
    r"^(?:(?:what|how) about\b|(?:in|at|for|from|by|on|to|with|since|until)\b"
    r"(?!.*\b(?:which|what|whose|whom|who|when|where|how|is|are|was|were|did|does|do|has|have|had|will|can)\b))",
    re.IGNORECASE,
)
_TOPIC = re.compile(
    r"^(?:what|who)(?:'s| is| are| was| were) (?P<what>[^?,]{2,40}?)(?: (?:called|named|like|about|for))?\??$"
    r"|^(?:please )?(?:tell me|talk) (?:more )?about (?P<about>[^?.,]{2,40}?)[?.]?$",
    re.IGNORECASE,
)
_PERSON_ASKED = re.compile(r"^(?:and )?(?:who|whom|whose)\b", re.IGNORECASE)
_OBJECT = re.compile(
    r"\b(?P<what>(?:the|an?) \w+(?:['’-]\w+)*(?: (?!by\b|in\b|on\b|at\b)\w+(?:['’-]\w+)*){0,3})\W*$", re.IGNORECASE
)
_ASKS_FOR_A_THING = re.compile(r"^(?:and )?(?:who|whom|whose|which|what|name)\b", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"^how (?:many|much) (?P<what>.+?)(?: (?:were|was|are|is|have|has|had|did|do|does|been|could|will|would|be))+"
    r"\b(?P<rest>.*?)\??$",
    re.IGNORECASE,
)
# "How many were hurt?" counts what the conversation is about.
_BARE_COUNT = re.compile(
    r"^how many (?=(?:more )?(?:is|are|was|were|be|been|may|might|can|could|will|would|should|must|have|has|had|do|does"
    r"|did|died|remain|remained|left|stayed|survived)\b)",
    re.IGNORECASE,
)
_POSSESSIVE = {"his", "its", "their", "her"}
_TURNS, _LONGEST = 20, 2000  # turns that are looked at, and characters of each of their texts
_FRAGMENT = 2  # words: "Why?", "Which cities?"
_BRIEF = 5  # words of a question in another language that may lean on the last one
_ENDS = "?؟？;。. "
_SHORT = 8  # words of an answer that names a thing and says no more
_OPENERS = FUNCTION_WORDS | {"describe", "explain", "give", "list", "many", "much", "name", "tell"}


def standalone(question: str, history: Sequence[Turn], language: str = KNOWN) -> str:
    """Return ``question`` if it stands alone, else with what it leans on put in from ``history`` (oldest first)."""
    return readings(question, history, language)[0]


def readings(question: str, history: Sequence[Turn], language: str = KNOWN) -> tuple[str, ...]:
    """Return how ``question`` may be meant after ``history`` (oldest first), the likeliest first.

    That is one way, but for a question that names before the pronoun whom it may mean, and for one that is short and
    names nothing to put something in for: it may go on from the last one, or be whole ("Who is the mayor?" in a
    language that needs two words for it). What leans on something is told by English words; in other ``language``s by
    the length alone.
    """
    # What the article does not say names nothing.
    refusals = {NOT_IN_ARTICLE, said(NOT_IN_ARTICLE, language)}
    turns = [(q[:_LONGEST], "" if a in refusals else a[:_LONGEST]) for q, a in history[-_TURNS:]]
    completed, joined = _completed(question, turns, language)
    if joined or (completed != question and _SET_BEFORE.match(question)):
        return completed, question
    if turns and language != KNOWN and length(question, language) <= _BRIEF:
        return question, _after(_completed(turns[-1][0], turns[:-1], language)[0], question.strip(), language)
    return (completed,)


def _completed(question: str, history: Sequence[Turn], language: str) -> tuple[str, bool]:
    """Return ``question`` with what it leans on, and whether that is only the last question, put before it."""
    asked = question.strip()
    if not history or not leans(asked, language):
        return question, False
    # The last question may itself lean on the one before it.
    last_question, _ = _completed(history[-1][0].strip(), history[:-1], language)
    turns = [*history[:-1], (last_question, history[-1][1])]
    bare = _PICKS_UP.sub("", asked)
    if language != KNOWN:
        return _after(last_question, bare, language), True
    for pattern, find in ((_PERSON, _person), (_THING, _thing), (_MANY, _several)):
        match = _leaning(pattern, bare)
        focus = (
            next(filter(None, (find(q, markers.without(a).strip()) for q, a in reversed(turns))), "") if match else ""
        )
        if match and focus:
            return capital(bare[: match.start()] + _inflected(focus, match, bare) + bare[match.end() :], KNOWN), False
    if count := _BARE_COUNT.match(bare):
        counted = next(filter(None, (_HOW_MANY.match(q) for q, _ in reversed(turns))), None)
        if counted:
            return capital(f"{count.group()}{counted['what']} {bare[count.end() :]}", KNOWN), False
    # Nothing to put in by itself: the last question says what is talked about.
    return f"{last_question.rstrip('?. ')}, and {bare[:1].lower()}{bare[1:]}", True


def _after(last_question: str, question: str, language: str) -> str:
    return said("{question}, and {then}", language).format(question=last_question.rstrip(_ENDS), then=question)


def leans(question: str, language: str = KNOWN) -> bool:
    """Tell whether a question needs the conversation to be understood."""
    bare = _PICKS_UP.sub("", question.strip())
    if language != KNOWN:
        return length(bare, language) <= _FRAGMENT
    return (
        bool(_ELLIPSIS.match(bare))
        or len(bare.split()) <= _FRAGMENT
        or bool(_POINTING.search(bare))
        or bool(_BARE_COUNT.match(bare))
        or any(_leaning(pattern, bare) for pattern in (_PERSON, _THING, _MANY))
    )


def _leaning(pattern: re.Pattern[str], question: str) -> re.Match[str] | None:
    match = pattern.search(question)
    if not match:
        return None
    before = question[: match.start()]
    # What stands before the pronoun in the same question is what it stands for: "When did Assad say that he would go?",
    # "What does the army call its withdrawal?"
    names = _names(before, of_question=True)
    inside = len(names) > 1 if pattern is _MANY else bool(names)
    owns = match.group().lower() in _POSSESSIVE and any(w.lower() not in _OPENERS for w in before.split())
    return None if inside or owns else match


def _names(text: str, *, of_question: bool = False) -> list[str]:
    names = []
    for match in _NAME.finditer(text):
        words = match.group().split(" ")
        # The first word of a question has its capital from there.
        if (of_question and match.start() == 0) or words[0].lower() in _OPENERS:
            words = words[1:]
        name = re.sub(r"['’]s?$", "", " ".join(words))
        if len(name) > 1 and name.lower() not in _OPENERS:
            names.append(name)
    return names


def _person(question: str, answer: str) -> str:
    names = _names(answer) if _ASKS_FOR_A_THING.match(question) else []
    names = names or _names(question, of_question=True) or _names(answer)
    return names[0] if names else ""


def _thing(question: str, answer: str) -> str:
    if _PERSON_ASKED.match(question):
        # The answer is a person, and "it" is what the question was about: "Who leads the offensive?"
        spoken = _OBJECT.search(question)
        if spoken and not _names(question, of_question=True):
            return spoken["what"]
    elif answer and _ASKS_FOR_A_THING.match(question):
        new = [n for n in _names(answer) if n not in question]
        if new:
            return new[0]
        if len(answer.split()) <= _SHORT:
            return answer.rstrip(".")
    names = _names(question, of_question=True)
    return names[0] if names else _topic(question)


def _topic(question: str) -> str:
    match = _TOPIC.match(question)
    topic = (match["what"] or match["about"]) if match else ""
    return "" if any(p.search(topic) for p in (_PERSON, _THING, _MANY, _POINTING)) else topic


def _several(question: str, answer: str) -> str:
    counted = _HOW_MANY.match(question)
    if counted:
        return f"the {counted['what']}{counted['rest']}".rstrip()
    if answer and _ASKS_FOR_A_THING.match(question) and len(answer.split()) <= _SHORT:
        return answer.rstrip(".")
    names = _names(answer) or _names(question, of_question=True)
    return _topic(question) or (names[0] if names else "")


def _inflected(focus: str, match: re.Match[str], question: str) -> str:
    word = match.group().lower()
    owns = word in _POSSESSIVE and bool(re.match(r" \w+", question[match.end() :]))
    if word == "her" and re.match(r" (?:in|on|at|to|for|by|with|from|go|come|say)\b", question[match.end() :]):
        owns = False
    return f"{focus}'s" if owns and not focus.endswith("'s") else focus
