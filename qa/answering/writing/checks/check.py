"""Is a claim supported by a quote? Decided by program, pure and strict: a doubt counts against the claim.

Numbers, names and negation of the claim must stand in the quote, and what puts the quote in doubt in the claim; other
words may differ, within bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

from qa.answering.writing.checks.doubt import in_doubt
from qa.answering.writing.checks.relation import unsaid_relation
from qa.text.language import KNOWN
from qa.text.words import Word, parts_of, words_of

# A share of the claim's other words may be the claim's own; below this it says something else than the quote.
_SHARED_WORDS = 0.75
EITHER_WAY = frozenset("is are was were be been being called named as".split())
_ADDED = 2  # words with a meaning in a row that are neither the quote's nor the question's: a thing added
CLAUSE = "clause"  # the rule that nothing overrules: what is added to a sentence is unlike a sentence in other words
_SLOT = 2  # words beside a name that tell its role
_PIECE = re.compile(r"\w+|[,;:()–—]")
_SET_OFF = re.compile(r"[,;:](?=\s)|\s[-–]\s|[—()]")
_ITSELF = "article text passage document"
_NEAR = 4  # words after a number that may name what it counts


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a claim is supported, and if not, why not."""

    supported: bool
    reason: str = ""


def check(claim: str, quote: str, *, question: str = "", language: str = KNOWN) -> Verdict:
    """Check one sentence against one quote. Words of the question may be repeated, its names and numbers may not.

    ``language`` is the quote's. What puts a quote in doubt is known in English only.
    """
    _, reason = next(findings(claim, quote, question=question, language=language), ("", ""))
    return Verdict(not reason, reason)


def findings(claim: str, quote: str, *, question: str = "", language: str = KNOWN) -> Iterator[tuple[str, str]]:
    """Yield what speaks against a claim, as ``check`` does: the name of a rule, and a reason in words."""
    said, seen = words_of(claim, language), words_of(quote, language)
    if not any(w.matters for w in said):
        yield "empty", "the claim says nothing"
        return
    if language == KNOWN and _begins(said, seen):
        # The beginning of the quote, word for word: no name or number of it can be wrong.
        yield from _cut_from_negation(seen, len(said))
    else:
        for rule in (_numbers, _names, _negation):
            yield from rule(said, seen)
        known = {w.stem for w in seen} | {w.stem for w in words_of(question, language) if not w.name}
        yield from _words(said, seen, known)
        # "As the article says" adds nothing.
        if clause := _added_clause(claim, known | {w.stem for w in words_of(_ITSELF)}, language):
            yield CLAUSE, f"the quote does not say {clause!r}"
    if language == KNOWN:
        if in_doubt(claim, quote, question):
            yield "doubt", "the quote puts it in doubt"
        if reason := unsaid_relation(claim, quote):
            yield "relation", reason


def check_piece(piece: str, start: int, quote: str, language: str = KNOWN) -> Verdict:
    """Check a piece that stands at ``start`` of the quote: cut from under a negation it would say the opposite."""
    before = words_of(quote[:start], language)[-3:]
    if any(w.negates for w in before) and not any(w.negates for w in words_of(piece, language)):
        return Verdict(False, "the quote negates it")
    return Verdict(True)


def is_piece(claim: str, quote: str) -> bool:
    """Tell whether a claim is a piece of a quote, word for word: then it says what the quote says.

    "Jones resigned" is none of "Smith, who followed Jones, resigned".
    """
    said, seen = (" ".join(_PIECE.findall(text.lower())) for text in (claim, quote))
    return f" {said} " in f" {seen} "


def _begins(said: Sequence[Word], seen: Sequence[Word]) -> bool:
    return [w.text.lower() for w in said] == [w.text.lower() for w in seen[: len(said)]]


def _cut_from_negation(seen: Sequence[Word], end: int) -> Iterator[tuple[str, str]]:
    """Find a word that negates, and is parted by a cut at ``end`` from what it negates."""
    for at, scope in _scopes(seen):
        if at >= end and any(n < end for n in scope):
            yield "negated", "the quote negates it"
        if at < end and scope and all(n >= end for n in scope):
            yield "negated", "the quote negates something else"


def _numbers(said: Sequence[Word], seen: Sequence[Word]) -> Iterator[tuple[str, str]]:
    for at, word in enumerate(said):
        if word.number is None:
            continue
        places = [n for n, other in enumerate(seen) if other.number == word.number]
        # "One", or an article, "ein", "un": as often no number.
        if not places and (word.number != "1" or word.text[0].isdigit()):
            yield "number", f"the quote does not have the number {word.text!r}"
        counted = next((w for w in said[at + 1 : at + 2] if w.matters and w.number is None), None)
        if counted and not _counts(seen, places, counted.stem):
            yield "counted", f"the quote has another number for {counted.text!r}"


def _counts(seen: Sequence[Word], places: Sequence[int], counted: str) -> bool:
    # What is counted must be what the quote counts: "826 civilians" is not "826 people, among them 111 civilians".
    owners = {
        n for n, (number, what) in enumerate(pairwise(seen)) if number.number is not None and what.stem == counted
    }
    if not owners or owners & {*places}:
        return True
    follows = any(w.stem == counted for p in places for w in seen[p + 1 : p + 1 + _NEAR])
    other_between = any(p < o <= p + _NEAR for p in places for o in owners)
    return follows and not other_between


def _names(said: Sequence[Word], seen: Sequence[Word]) -> Iterator[tuple[str, str]]:
    stems = [w.stem for w in seen]
    pieces = {part for stem in stems for part in parts_of(stem)}
    names = [w for w in said if w.name]
    for word in names:
        if not all(part in pieces for part in parts_of(word.stem)):
            yield "name", f"the quote does not name {word.text!r}"
    # Who did it to whom: names in the other order need a passive that explains it.
    by = any(w.text.lower() == "by" for w in said)
    passive = by != any(w.text.lower() == "by" for w in seen)
    if not passive and (_reversed(names, stems) or _reversed(_actors(said, seen, by=by), stems)):
        yield "order", "the quote has the names in another order"
    if misplaced := _misplaced(said, seen):
        yield "place", f"the quote has another in the place of {misplaced!r}"


def _words(said: Sequence[Word], seen: Sequence[Word], known: AbstractSet[str]) -> Iterator[tuple[str, str]]:
    quoted = {w.stem for w in seen}
    for word in said:
        if word.opens and word.stem not in known:
            yield "opens", f"the quote does not name {word.text!r}"
    own = [w for w in said if w.matters and w.number is None and not w.name]
    missing = [w for w in own if w.stem not in known]
    if len(missing) > (1 - _SHARED_WORDS) * len(own):
        yield "words", f"the quote does not speak of {missing[0].text!r}"
    if not any(w.matters and w.stem in quoted for w in said):
        yield "shared", "the claim shares no word with the quote"
    if added := _added(said, known):
        yield "added", f"the quote does not say {added!r}"


def _added(said: Sequence[Word], known: AbstractSet[str]) -> str:
    """Return the first run of words that nobody has said but the claim: a clause added to what is true."""
    run: list[str] = []
    for word in said:
        if not word.matters:
            continue
        run = [] if word.stem in known or word.number is not None else [*run, word.text]
        if len(run) == _ADDED:
            return " ".join(run)
    return ""


def _added_clause(claim: str, known: AbstractSet[str], language: str) -> str:
    """Return what stands behind a mark, or between two, if none of its words with a meaning is known."""
    pieces = {part for stem in known for part in parts_of(stem)}
    for clause in _SET_OFF.split(claim)[1:]:
        words = [w for w in words_of(clause, language) if w.matters]
        if len(words) >= _ADDED and not any({*parts_of(w.stem)} & pieces for w in words):
            return clause.strip(" .")
    return ""


def _misplaced(said: Sequence[Word], seen: Sequence[Word]) -> str:
    """Return a name or number of the claim where the quote, between the same words, has another."""
    stems = [w.stem for w in seen]
    at = 0
    while at < len(said):
        end = at
        while end < len(said) and _is_item(said[end]) and said[end].name == said[at].name:
            end += 1
        if end == at:
            at += 1
            continue
        item = _told_apart(said[at:end])
        before, after = _context(said[max(0, at - _SLOT) : at]), _context(said[end : end + _SLOT])
        following = [n + len(before) for n in _places(before, stems)]
        preceding = [n - 1 for n in _places(after, stems)]
        for others in (following, preceding):
            held = [_listed(seen, n) for n in others if 0 <= n < len(seen)]
            if held and all(names and not names & item for names in held):
                return " ".join(w.text for w in said[at:end])
        at = end
    return ""


def _listed(seen: Sequence[Word], at: int) -> set[str]:
    """Return the stems of the name or number at a place, with those that "and" or "or" joins to it."""
    if not _is_item(seen[at]):
        return set()
    first = last = at
    while first > 0 and _joins(seen[first - 1]):
        first -= 1
    while last + 1 < len(seen) and _joins(seen[last + 1]):
        last += 1
    return {w.stem for w in seen[first : last + 1] if _is_item(w)}


def _told_apart(words: Sequence[Word]) -> set[str]:
    # "II" and "St" are many people's: where there is more of a name they tell nobody apart.
    stems = {w.stem for w in words if _is_item(w)}
    return {s for s in stems if len(s) > _SLOT or s.isdigit()} or stems


def _joins(word: Word) -> bool:
    return _is_item(word) or word.text.lower() in {"and", "or"}


def _is_item(word: Word) -> bool:
    return word.name or word.number is not None


def _context(words: Sequence[Word]) -> list[str]:
    return [w.stem for w in words] if len(words) == _SLOT and any(w.matters for w in words) else []


def _places(run: Sequence[str], stems: Sequence[str]) -> list[int]:
    return [n for n in range(len(stems) - len(run) + 1) if [*stems[n : n + len(run)]] == [*run]] if run else []


def _actors(said: Sequence[Word], seen: Sequence[Word], *, by: bool) -> Sequence[Word]:
    """Return the names with the word that opens the claim, if the quote knows it as a name; "is" has no actors."""
    if not by and any(w.text.lower() in EITHER_WAY for w in said):
        return ()
    known = {w.stem for w in seen if w.name}
    return [w for w in said if w.name or (w.opens and w.stem in known)]


def _reversed(names: Sequence[Word], stems: Sequence[str]) -> bool:
    order = [stems.index(w.stem) for w in names if w.stem in stems]
    return len(set(order)) > 1 and order == sorted(order, reverse=True)


def _negation(said: Sequence[Word], seen: Sequence[Word]) -> Iterator[tuple[str, str]]:
    claimed, quoted = _negated(said), _negated(seen)
    if not all(any(c & q for q in quoted) for c in claimed):
        yield "negates", "the quote does not negate it"
    # The quote may negate something else than what is claimed: look at the words that the claim shares with it.
    shared = {w.stem for w in said if w.matters}
    if any(q & shared and not any(c & q for c in claimed) for q in quoted):
        yield "negated", "the quote negates it"


def _negated(words: Sequence[Word]) -> list[set[str]]:
    """Return for each word that negates the stems of what it negates."""
    return [{words[n].stem for n in scope} for _, scope in _scopes(words)]


def _scopes(words: Sequence[Word]) -> list[tuple[int, list[int]]]:
    """Return the place of each word that negates, and of the words near it that carry meaning.

    These are the ones that follow it, else the ones before it.
    """
    scopes = []
    for at, word in enumerate(words):
        # "Yes or no" negates nothing.
        if word.negates and not any(w.text.lower() == "yes" for w in words[max(0, at - 2) : at]):
            after = [n for n in range(at + 1, min(at + 1 + _NEAR, len(words))) if words[n].matters]
            scopes.append((at, after or [n for n in range(max(0, at - _NEAR), at) if words[n].matters]))
    return scopes
