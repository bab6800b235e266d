"""Does a written sentence only put question, answer and quote together? Pure; a doubt counts against the sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from qa.answering.writing.checks.check import EITHER_WAY
from qa.text.language import KNOWN
from qa.text.words import Word, words_of

_BEING = r"\b(?:is|are|was|were|be|been|being)\b"
_PASSIVE = re.compile(rf"{_BEING}((?:\W+\w+){{1,3}}?)\W+by\b", re.IGNORECASE)
_RUN = 3  # words in the quote's order that count as copied
_ARTICLES = frozenset("the a an".split())
_AT = frozenset("at in on during".split())  # these are said for one another
_BOUNDS = frozenset("until till before after since from to against without with over under above below near".split())
_DOES = re.compile(r"\b(?:did|do|does)\b", re.IGNORECASE)
_BE = re.compile(_BEING, re.IGNORECASE)
_SEVERAL = 2  # one word in common can be by chance
_VOWELS = re.compile("[aeiouy]")


def faithful(claim: str, answer: str, quote: str, *, question: str, language: str = KNOWN) -> bool:
    """Tell whether a sentence that the model wrote to a question says of the answer what the quote says of it."""
    if not restates(claim, answer, quote, question=question, language=language):
        return False
    if not keeps_order(claim, answer, quote, language):
        return False
    if language != KNOWN:
        return True
    done = keeps_roles(claim, question, quote) and keeps_deed(claim, answer, question)
    return done and keeps_bound(claim, answer, quote) and keeps_counted(claim, answer, quote, question)


def speaks_to(claim: str, question: str, quote: str, language: str = KNOWN) -> bool:
    """Tell whether a claim has one of the words that question and quote share, if they share several.

    "In 1985 the party lost" is true, and says nothing of who was overthrown in that year.
    """
    said, asked, seen = ({w.stem for w in words_of(t, language) if w.matters} for t in (claim, question, quote))
    return len(asked & seen) < _SEVERAL or bool(asked & seen & said)


def restates(claim: str, answer: str, quote: str, *, question: str, language: str = KNOWN) -> bool:
    """Tell whether ``claim`` is the question with the answer put in, and otherwise copied from the quote.

    A word that is neither the question's nor the answer's must stand in a run of words that the claim shares with the
    quote: single words of the quote can be put into a relation that it does not state.
    """
    asked = words_of(question, language)
    known = {w.stem for w in (*asked, *words_of(answer, language))}
    said, seen = words_of(claim, language), words_of(quote, language)
    if language == KNOWN:
        known |= _other_forms(said, asked, {w.stem for w in seen})
    runs = {*_runs(seen)}
    copied = {at for n, run in enumerate(_runs(said)) if run in runs for at in range(n, n + _RUN)}
    return all(n in copied or not w.matters or w.stem in known for n, w in enumerate(said))


def _runs(words: Sequence[Word]) -> list[tuple[str, ...]]:
    return [tuple(w.stem for w in words[n : n + _RUN]) for n in range(len(words) - _RUN + 1)]


def _other_forms(said: Sequence[Word], asked: Sequence[Word], quoted: AbstractSet[str]) -> set[str]:
    """Return the stems of what may be verbs of the question in another form: "the reform began" for "the reform begin".

    They are the question's words but for the vowels, behind the same word. What the quote has itself is no other form.
    """
    forms = {(one.stem, _consonants(w.stem)) for one, w in pairwise(asked) if one.matters and w.stem not in quoted}
    return {w.stem for one, w in pairwise(said) if w.matters and (one.stem, _consonants(w.stem)) in forms}


def _consonants(stem: str) -> str:
    return stem[:1] + _VOWELS.sub("", stem[1:])


def keeps_roles(claim: str, question: str, quote: str) -> bool:
    """Tell whether who does it in the question ("did the army fight") does it in the claim, which may be passive.

    Of a number the quote can hardly tell: "40 people arrested the police" has all of its words. And what the quote
    says that they did has to be said: whom Anna married she was not.
    """
    _, does, rest = _DOES.sub("\0", question, count=1).partition("\0")
    done = words_of(rest.lower())  # a capital would make a name of a verb
    subject, verb, *_ = *(w.stem for w in done if w.matters), "", ""
    pronoun = bool(done) and not done[0].matters and done[0].text not in _ARTICLES
    if not does or not verb or pronoun:
        return True
    said = [w.stem for w in words_of(claim)]
    if verb not in said and verb in {w.stem for w in words_of(quote)}:
        return False
    if _BE.search(claim):
        return True
    acts = next((n for n, stem in enumerate(said) if stem == verb or _consonants(stem) == _consonants(verb)), None)
    return acts is None or subject not in said[acts + 1 :] or subject in said[:acts]


def keeps_deed(claim: str, answer: str, question: str) -> bool:
    """Tell whether what somebody does in the question is more than "is" in the claim: who leads a revolt is none."""
    if _BE.search(question) or not question.lower().startswith("who "):
        return True
    said, asked = re.escape(answer), {w.stem for w in words_of(question.lower()) if w.matters}
    after = re.search(rf"{said}\s+{_BEING}\s+(?:the|an?)\s+(\w+)", claim, re.IGNORECASE)
    before = re.search(rf"(\w+)\s+{_BEING}\s+{said}", claim, re.IGNORECASE)
    return not any(w.stem in asked for found in (after, before) if found for w in words_of(found.group(1).lower()))


def keeps_counted(claim: str, answer: str, quote: str, question: str) -> bool:
    """Tell whether the answer is said no oftener than in the quote, and a number with what question and quote count.

    Of "826, of whom 111 were civilians" 111 is not the number of all.
    """
    said, seen = (len(re.findall(rf"(?<!\w){re.escape(answer)}(?!\w)", t, re.IGNORECASE)) for t in (claim, quote))
    if said > max(1, seen):
        return False
    words, (claimed, asked) = words_of(quote), ({w.stem for w in words_of(t)} for t in (claim, question))
    numbers = {w.number for w in words_of(answer) if w.number is not None}
    places = [n for n, w in enumerate(words) if w.number in numbers]
    counted = {
        w.stem for n in places for w in words[n + 1 : n + 3] if w.matters and w.number is None and w.stem in asked
    }
    return not counted or bool(counted & claimed)


def keeps_bound(claim: str, answer: str, quote: str) -> bool:
    """Tell whether the preposition before the answer is the quote's, where both have one: "until 1204" is not "in"."""
    said, seen = _preposition(claim, answer), _preposition(quote, answer)
    return not said or not seen or said == seen


def _preposition(text: str, answer: str) -> str:
    before, found, _ = text.lower().partition(answer.lower())
    words = [w for w in re.findall(r"\w+", before)[-2:] if w not in _ARTICLES] if found else []
    word = words[-1] if words else ""
    return "at" if word in _AT else word if word in _BOUNDS else ""


def keeps_order(claim: str, answer: str, quote: str, language: str = KNOWN) -> bool:
    """Tell whether ``answer`` stands on the same side of the words that claim and quote share: who did it to whom.

    Sides may be changed by a passive ("by") and by "is", which says the same both ways. Numbers and dates do nothing
    to anybody.
    """
    found = words_of(answer, language)
    if not found or any(w.number is not None for w in found):
        return True
    said, seen = _side(claim, found, quote, language), _side(quote, found, claim, language)
    if said is None or seen is None:
        return True
    return (said == seen) == (_passive(claim, quote) == _passive(quote, claim))


def _passive(text: str, other: str) -> bool:
    """Tell whether a text is passive: with "by", or in a verb that the other has with "by" ("was published in")."""
    if _PASSIVE.search(text):
        return True
    found = _PASSIVE.search(other)
    done = "|".join(re.findall(r"\w+", found.group(1))) if found else ""
    return bool(done) and bool(re.search(rf"{_BEING}\W+(?:\w+\W+)?(?:{done})\b", text, re.IGNORECASE))


def _side(text: str, answer: Sequence[Word], other: str, language: str) -> bool | None:
    """Tell whether the shared words stand before the answer; None if on both sides, on none, or if it is no matter."""
    words, stems = words_of(text, language), [w.stem for w in answer]
    at = next((n for n in range(len(words)) if [w.stem for w in words[n : n + len(stems)]] == stems), None)
    if at is None:
        return None
    end = at + len(stems)
    around = [w.text.lower() for w in (*words[max(0, at - 2) : at], *words[end : end + 1])]
    if any(w in EITHER_WAY for w in around) and not _passive(text, other):
        return None
    shared = {w.stem for w in words_of(other, language) if w.matters} - set(stems)
    before = any(w.stem in shared for w in words[:at])
    after = any(w.stem in shared for w in words[end:])
    return None if before == after else before
