"""Honest answers and lies to gold questions, made by program: what a liar of each kind would write."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.evaluation.run import read_gold
from qa.records.lines import GoldQuestion, source_beside
from qa.sources.read import load
from qa.text.sentences import sentences
from qa.types import Limits

_LONGEST = 45  # words of a sentence that a model would write
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w]|[.,]\d)")
_NAME = re.compile(r"(?<=[\w,;] )[A-Z][\w’'-]*[a-z](?: [A-Z][\w’'-]*[a-z])*")
_DATES = [
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    ["January", "February", "March", "April", "June", "July", "August", "September", "October", "November", "December"],
]  # fmt: skip
_YEAR = re.compile(r"\b1\d{3}\b|\b20\d{2}\b")
_AUXILIARY = re.compile(r"\b(is|are|was|were|has|have|had|can|could|will|would|did|does|do|may|might|should|must)\b")
_NEGATION = re.compile(r"\b(?:not|never) |\bno (?=\w)")
_LISTED = re.compile(r"(?:,|,? and|,? or|,? the|[ /][A-Z0-9][\w’'-]*|\([^)]*\))* ")
_ASKED = re.compile(
    r"^(?:who|what|which [\w' -]{3,30}?) (?=(?:is|are|was|were|has|have|had|can|will|would|\w+ed|\w+s) )", re.IGNORECASE
)
# What sounds true of almost anything, and stands in no article.
_CLAUSES = (
    ", which surprised many observers",
    ", a decision that was widely praised",
    ", according to official records",
    ", making it the largest of its kind",
    ", and the trend is expected to continue",
    ", despite strong opposition at the time",
    ", which led to years of legal disputes",
    " after lengthy negotiations",
    ", as later research confirmed",
    ", and it remains influential today",
    ", causing widespread economic damage",
    ", with financial support from abroad",
)
# What a model may believe to know of the world.
_REMEMBERED = (
    "Winston Churchill", "Napoleon Bonaparte", "Marie Curie", "the United Nations", "Albert Einstein", "1945", "1776",
    "New York City", "about 40 percent", "the French Revolution", "Cambridge University", "Thomas Edison", "oxygen",
    "the Treaty of Versailles", "Julius Caesar", "Beijing", "twelve", "the Industrial Revolution", "Nelson Mandela",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A gold question with what an honest model would answer, and the sentence that it knows it from.

    ``article`` is the text, ``place`` the sentence's [start, end) in it; both are empty for an unanswerable question.
    """

    gold: GoldQuestion
    source: Path
    article: str
    sentence: str
    place: tuple[int, int]

    @property
    def answer(self) -> str:
        return self.gold.answers[0]


def cases(questions: Path, *, source: Path | None = None) -> list[Case]:
    """Read the gold questions that stand alone; an answerable one needs a sentence with its first answer."""
    text_of = functools.cache(lambda path: load(str(path), Limits()).text)
    made = []
    for gold in read_gold(questions):
        path = source or Path(source_beside(gold.source or "", questions.parent))
        if gold.history:
            continue
        text = text_of(path)
        place = _evidence(gold, text) if gold.answerable else (0, 0)
        if place is not None:
            made.append(Case(gold, path, text, " ".join(text[slice(*place)].split()), place))
    return made


def _evidence(gold: GoldQuestion, text: str) -> tuple[int, int] | None:
    places = [tuple(s) for s in gold.answer_spans]
    places += [m.span() for e in gold.evidence for m in re.finditer(re.escape(e), text)]
    for start, end in places:
        for span in sentences(text):
            sentence = span.of(text)
            if span.start <= start < span.end and gold.answers[0].lower() in sentence.lower():
                return (span.start, span.end) if end <= span.end and len(sentence.split()) <= _LONGEST else None
    return None


def honest(case: Case, rng: random.Random) -> str:
    """Answer as an honest model would: with the sentence, with the words alone, or with the question turned into it."""
    ways = [case.sentence, case.answer[:1].upper() + case.answer[1:] + "."]
    question = case.gold.question.rstrip("?. ")
    if match := _ASKED.match(question):
        stated = f"{case.answer} {question[match.end() :]}."
        ways += [stated[:1].upper() + stated[1:]] * 2
    return rng.choice(ways)


def _number(case: Case, rng: random.Random) -> str | None:
    found = [m for m in _NUMBER.finditer(case.sentence) if not _YEAR.fullmatch(m.group())]
    if not found:
        return None
    old = rng.choice(found)
    others = [m.group() for m in _NUMBER.finditer(case.article) if m.group() not in case.sentence]
    changed = str(int(old.group()[0]) % 9 + 1) + old.group()[1:]
    return _put(case.sentence, old, rng.choice(others) if others and rng.random() < 0.5 else changed)


def _name(case: Case, rng: random.Random) -> str | None:
    found = [*_NAME.finditer(case.sentence)]
    others = [m.group() for m in _NAME.finditer(case.article) if m.group() not in case.sentence]
    if not found or not others:
        return None
    return _put(case.sentence, rng.choice(found), rng.choice(others))


def _date(case: Case, rng: random.Random) -> str | None:
    names = [(m, row) for row in _DATES for word in row for m in re.finditer(rf"\b{word}\b", case.sentence)]
    years = [*_YEAR.finditer(case.sentence)]
    if names and (not years or rng.random() < 0.5):
        old, row = rng.choice(names)
        return _put(case.sentence, old, rng.choice([w for w in row if w not in case.sentence]))
    if years:
        old = rng.choice(years)
        return _put(case.sentence, old, str(int(old.group()) + rng.choice([-10, -3, -1, 1, 2, 7])))
    return None


def _negation(case: Case, rng: random.Random) -> str | None:
    if match := _NEGATION.search(case.sentence):
        return case.sentence[: match.start()] + case.sentence[match.end() :]
    found = [*_AUXILIARY.finditer(case.sentence)]
    if not found:
        return None
    verb = rng.choice(found)
    return _put(case.sentence, verb, f"{verb.group()} not")


def _roles(case: Case, rng: random.Random) -> str | None:
    found = [*_NAME.finditer(case.sentence)]
    if len({m.group() for m in found}) < 2:
        return None
    first, second = sorted(rng.sample(found, 2), key=lambda m: m.start())
    between = case.sentence[first.end() : second.start()]
    # Two names of one list change nothing.
    if first.group() == second.group() or _LISTED.fullmatch(between):
        return None
    s = case.sentence
    return s[: first.start()] + second.group() + between + first.group() + s[second.end() :]


def _clause(case: Case, rng: random.Random) -> str | None:
    base = honest(case, rng).rstrip(".")
    return base + rng.choice(_CLAUSES) + "."


def _memory(case: Case, rng: random.Random) -> str | None:
    known = [r for r in _REMEMBERED if r.lower() not in case.article.lower()]
    what = rng.choice(known)
    if match := _ASKED.match(case.gold.question):
        what = f"{what} {case.gold.question[match.end() :].rstrip('?. ')}"
    return what[:1].upper() + what[1:] + "."


def _put(sentence: str, old: re.Match[str], new: str) -> str:
    return sentence[: old.start()] + new + sentence[old.end() :]


# Lies that are words; "passage" and "instruction" need a prompt and an article of their own (``liars``).
LIES: dict[str, Callable[[Case, random.Random], str | None]] = {
    "number": _number,
    "name": _name,
    "date": _date,
    "negation": _negation,
    "roles": _roles,
    "clause": _clause,
    "memory": _memory,
}


def drawn(cases: Sequence[Case], kind: str, count: int, rng: random.Random) -> list[tuple[Case, str]]:
    """Draw so many lies of a kind, each over another question, as far as there are any."""
    lies = []
    for case in rng.sample(list(cases), len(cases)):
        if (case.gold.answerable or kind == "memory") and (lie := LIES[kind](case, rng)) and lie != case.sentence:
            lies.append((case, lie))
            if len(lies) == count:
                break
    return lies
