"""A question and its answer to the statements that they might make together; nonsense among them is for others to drop.

No grammar is known here: the words of the question are put into every order that English has for a statement, and a
language model tells which of them is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa.text.words import words_of

_ASKING = frozenset("who whom whose what which where when how".split())
_AUXILIARIES = frozenset("is are was were has have had can could will would should may might must".split())
_SUPPORT = frozenset("do does did".split())
_PLACING = frozenset("in on at by from to of for with since during until under between after before into as".split())
_LONGEST = (
    18  # words of a question; the orders of a longer one are many, and its statement is no shorter than the quote
)


def statements(question: str, answer: str, quote: str) -> Iterator[str]:
    """Yield what may be a statement of ``answer`` to ``question``; ``quote`` lends its forms of words."""
    words = question.strip().rstrip("?").split()
    at = next((n for n, w in enumerate(words) if w.lower().strip(",") in _ASKING), None)
    if at is None or len(words) > _LONGEST:
        return
    if at > len(words) // 2:  # "its capital is what"
        yield _sentence([*words[:at], answer, *words[at + 1 :]])
        return
    preposition = words[at - 1].lower() if at and words[at - 1].lower() in _PLACING else ""
    lead = words[: at - bool(preposition)]
    ends = range(at + 1, min(at + 6, len(words)))
    helping = next((e for e in ends if words[e].lower() in _AUXILIARIES | _SUPPORT), None)
    for end in [helping] if helping else ends[: 1 if words[at].lower() == "who" else 3]:
        yield from _built(words[at:end], words[end], words[end + 1 :], answer, quote, lead, preposition)


def _built(
    asking: Sequence[str],
    verb: str,
    rest: Sequence[str],
    answer: str,
    quote: str,
    lead: Sequence[str],
    preposition: str,
) -> Iterator[str]:
    kept = [*lead]
    placings = {preposition or _placing(answer, quote), preposition}
    answers = [[*filter(None, [p]), *_counted(asking, answer)] for p in placings]
    for said in answers:
        if verb.lower() in _AUXILIARIES:
            if said[0].lower() not in _PLACING:
                yield _sentence([*said, verb, *rest, *kept])
            for cut in range(1, len(rest) + 1):
                yield _sentence([*rest[:cut], verb, *rest[cut:], *said, *kept])
                if cut < len(rest):
                    yield _sentence([*rest[:cut], verb, rest[cut], *said, *rest[cut + 1 :], *kept])
        elif verb.lower() in _SUPPORT:
            for cut in range(1, len(rest)):
                form = _inflected(rest[cut], verb.lower(), quote)
                yield _sentence([*rest[:cut], form, *rest[cut + 1 :], *said, *kept])
                yield _sentence([*rest[:cut], form, *said, *rest[cut + 1 :], *kept])
        elif not preposition:
            yield _sentence([*_counted(asking, answer), verb, *rest, *kept])


def _counted(asking: Sequence[str], answer: str) -> list[str]:
    """Give a bare number what it counts: "how many tanks" and "12" are "12 tanks"."""
    if len(asking) > 2 and asking[0].lower() == "how" and not answer.rsplit(maxsplit=1)[-1].isalpha():
        return [answer, *asking[2:]]
    return [answer]


def _placing(answer: str, quote: str) -> str:
    match = re.search(rf"\b(\w+)\s+(?:the\s+)?{re.escape(answer)}", quote)
    return match[1].lower() if match and match[1].lower() in _PLACING else ""


def _inflected(verb: str, support: str, quote: str) -> str:
    """Give a verb the form that "did" or "does" had: the quote's own where it has one."""
    if support == "do":
        return verb
    stem = next((w.stem for w in words_of(verb)), verb)
    for word in words_of(quote):
        if word.stem == stem and word.text.islower() and not word.text.endswith("ing"):
            return word.text
    if support == "does":
        return verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "o")) else "s")
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if verb.endswith("y") and verb[-2:-1] not in "aeiou" else verb + "ed"


def _sentence(words: Sequence[str]) -> str:
    text = " ".join(words).strip(" ,;:")
    return text[:1].upper() + text[1:]
