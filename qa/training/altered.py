"""Questions changed so that a text that answered them does not any more, though a hasty reader would think so."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from qa.training.data import Example

NAME = re.compile(r"(?<=\s)[A-Z][\w'’-]+(?:\s+(?:of\s+|the\s+|de\s+|al-)?[A-Z][\w'’-]+)*")
NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
OPPOSITES = [
    ("first", "last"),
    ("before", "after"),
    ("largest", "smallest"),
    ("more", "less"),
    ("north", "south"),
    ("east", "west"),
    ("highest", "lowest"),
    ("increase", "decrease"),
    ("increased", "decreased"),
    ("most", "least"),
    ("oldest", "youngest"),
    ("won", "lost"),
    ("win", "lose"),
    ("begin", "end"),
    ("began", "ended"),
    ("start", "stop"),
    ("northern", "southern"),
    ("eastern", "western"),
    ("early", "late"),
    ("best", "worst"),
    ("good", "bad"),
    ("support", "oppose"),
    ("supported", "opposed"),
    ("same", "different"),
    ("male", "female"),
    ("high", "low"),
    ("always", "never"),
    ("with", "without"),
    ("inside", "outside"),
    ("major", "minor"),
    ("born", "buried"),
    ("husband", "brother"),
    ("wife", "sister"),
    ("father", "uncle"),
    ("cause", "prevent"),
    ("caused", "prevented"),
    ("gain", "lose"),
    ("above", "below"),
    ("longest", "shortest"),
    ("public", "private"),
    ("modern", "ancient"),
    ("strong", "weak"),
    ("rich", "poor"),
    ("allowed", "forbidden"),
    ("accepted", "rejected"),
    ("joined", "left"),
]
OPPOSITE = {**dict(OPPOSITES), **{b: a for a, b in OPPOSITES}}
NEGATED = {
    "did": "did not",
    "does": "does not",
    "do": "do not",
    "is": "is not",
    "was": "was not",
    "are": "are not",
    "were": "were not",
    "can": "cannot",
    "could": "could not",
    "has": "has not",
    "have": "have not",
    "would": "would not",
    "will": "will not",
}
_TIME = re.compile(r"\d|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|"
                   r"September|October|November|December|century|year|month|week|today|yesterday|ago|before|after|when|"
                   r"while|during|until|later|since|night|morning|evening|season")  # fmt: skip
_REASON = re.compile(
    r"\b(?:because|since|due|as|for|to|so|after|reason|by|caused?|therefore|thus|that)\b", re.IGNORECASE
)
_PLACE = re.compile(
    r"\b(?:in|at|from|near|on|to|into|across|around|where|of|outside|inside|there|here)\b", re.IGNORECASE
)
# Relations that hold the other way round as well: turning the question round leaves it answered.
_MUTUAL = re.compile(
    r"\b(?:with|between|and|marr\w+|met|meet|split|divorc\w+|brother|sister|sibling|friend|partner|fought|versus|same|"
    r"relat\w+|similar|near|border\w*|allied|rival)\b",
    re.IGNORECASE,
)
_OTHER_KIND = [
    ("When", ("Where", "Why"), _TIME),
    ("Where", ("When", "Why"), _PLACE),
    ("Why", ("When", "Where"), _REASON),
    ("What year", ("What city", "What country"), _TIME),
    ("In what year", ("In what city", "In what country"), _TIME),
    ("How many", ("Which", "Whose"), None),
    ("Who", ("When",), _TIME),
]


def altered_question(example: Example, rng: random.Random) -> Example | None:
    """Swap a name, a number or a word for its opposite, or negate: near the passage, and no longer answered by it."""
    question, changes = example.question, []
    answer = example.context[slice(*example.span)] if example.span else ""
    for pattern in (NAME, NUMBER):
        inside = list(pattern.finditer(question))
        others = [m.group() for m in pattern.finditer(example.context)]
        others = [o for o in others if o.lower() not in question.lower() and o not in answer and answer not in o]
        if inside and others:
            old = rng.choice(inside)
            changes.append(question[: old.start()] + rng.choice(others) + question[old.end() :])
        if pattern is NUMBER and inside:
            old = rng.choice(inside)
            digits = list(old.group())
            at = rng.randrange(len(digits))
            if digits[at].isdigit():
                digits[at] = str((int(digits[at]) + rng.randint(1, 8)) % 10)
                changes.append(question[: old.start()] + "".join(digits) + question[old.end() :])
    words = question.split(" ")
    opposites = [i for i, w in enumerate(words) if w in OPPOSITE]
    if opposites:
        at = rng.choice(opposites)
        changes.append(" ".join([*words[:at], OPPOSITE[words[at]], *words[at + 1 :]]))
    negated = [i for i, w in enumerate(words) if w in NEGATED and i > 0]
    if negated and rng.random() < 0.35:
        at = negated[0]
        changes.append(" ".join([*words[:at], NEGATED[words[at]], *words[at + 1 :]]))
    if not changes:
        return None
    return replace(example, question=rng.choice(changes), answerable=False, span=None)


def turned_round(right: Example, rng: random.Random) -> str | None:
    """Put another of the sentence's names in the place of the one asked about: the roles are turned round."""
    if _MUTUAL.search(right.question) or right.span is None:
        return None
    named = [m for m in NAME.finditer(right.question) if m.group().lower() in right.context.lower()]
    answer = right.context[slice(*right.span)]
    # The answer itself in the question is the turned relation; other names are another's.
    others = [answer] if NAME.fullmatch(" " + answer, 1) else []
    others += [m.group() for m in NAME.finditer(right.context) if m.group().lower() not in right.question.lower()]
    if not named or not others:
        return None
    old, new = rng.choice(named), others[0] if rng.random() < 0.6 else rng.choice(others)
    return right.question[: old.start()] + new + right.question[old.end() :]


def other_kind(right: Example, rng: random.Random) -> str | None:
    """Ask for another kind of thing, one that the sentence has no word of."""
    for asked, others, _ in _OTHER_KIND:
        if right.question.startswith(asked + " "):
            other = rng.choice(others)
            signs = next((signs for kind, _, signs in _OTHER_KIND if kind == other), None)
            if other == "When" and asked == "Who":
                words = right.question.split(" ")
                return None if words[1] not in {"was", "is", "were", "did"} or _TIME.search(right.context) else (
                    f"When {' '.join(words[1:])}"
                )  # fmt: skip
            if signs is None or signs.search(right.context):
                return None
            return other + right.question[len(asked) :]
    return None
