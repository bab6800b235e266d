"""What is to be explained, described or compared: answered in several sentences of the article, each a point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.protocols import Embedder
from qa.text.language import KNOWN
from qa.text.words import capital, names_and_numbers, overlap
from qa.types import Candidate, Hit, Span, Supported

POINTS = 5
_LONGEST = 300  # characters of a question of such a form
WORDS = 150  # of what is said about one name
_BEHIND = 2.5  # log-odds behind the best candidate at which a sentence is no part of the answer
_EACH = 2  # sentences about each of the things compared
_RELATED = 0.3  # cosine with a thing below which a sentence is about something else
_EXPLAIN = re.compile(
    r"^(?:please |can you |could you )*(?:"
    r"(?:explain|describe|outline|discuss)(?: to me| for me)?(?: in (?:more )?detail| at length)?"
    r"|(?:tell|give) me (?:more|everything|all|details) (?:about|on)|elaborate on"
    r"|what (?:do we|does the article|does it) (?:know|say|tell us|report) about"
    r")[\s,:]+(?P<what>.{3,}?)(?P<end> in (?:more )?detail| at length)?[\s?.!]*$",
    re.IGNORECASE,
)
_AT_LENGTH = re.compile(
    r"^(?P<what>(?:why|how|what|who|when|where|which)\b.*?),? (?:in (?:more )?detail|at length)[\s?.!]*$", re.IGNORECASE
)
_COMPARE = re.compile(
    r"^(?:please |can you |could you )*(?:"
    r"(?:compare|contrast|tell apart) (?P<a>.+?) (?:and|with|to|against|from) (?P<b>.+?)"
    r"|(?:what(?:'s| is| are)(?: the)? )?differences? between (?P<c>.+?) and (?P<d>.+?)"
    r"|how (?:do|does|did) (?P<e>.+?) (?:and|compare (?:with|to)|differ from) (?P<f>.+?)(?: (?:compare|differ))?"
    r")[\s?.!]*$",
    re.IGNORECASE,
)
_ASKS = re.compile(r"(?:why|how|what|who|whom|whose|when|where|which)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AtLength:
    """A question for a long answer.

    ``asked`` is what its evidence answers; or else ``topic`` is a name that all of it is to be about, or ``compared``
    are two things. ``thing`` is what is to be explained where it is no name.
    """

    asked: str
    topic: str = ""
    thing: str = ""
    compared: tuple[str, ...] = ()


def recognise(question: str) -> AtLength | None:
    """Tell whether a question asks for more than a fact, by its form."""
    asked = " ".join(question.split())
    if len(asked) > _LONGEST:
        return None
    if match := _COMPARE.match(asked):
        things = tuple(thing for thing in match.groups() if thing)
        return AtLength(asked, compared=things) if _comparing(match, asked) else None
    match = _EXPLAIN.match(asked) or _AT_LENGTH.match(asked)
    if match is None:
        return None
    what = match["what"].strip(" ,")
    if _ASKS.match(what):
        return AtLength(f"{capital(what, KNOWN)}?")
    return AtLength(asked, topic=what) if names_and_numbers(f"about {what}") else AtLength(asked, thing=what)


def _comparing(match: re.Match[str], asked: str) -> bool:
    # "How did he and his wife meet?" compares nothing.
    return match["e"] is None or bool(re.search(r"\b(?:compare|differ)\b", asked, re.IGNORECASE))


def points_of(candidates: Sequence[Candidate]) -> list[Supported]:
    """Choose the sentences that answer about as well as the best one, in the article's order; at most ``POINTS``."""
    if not candidates:
        return []
    best = candidates[0].features.get("order", 0.0)
    near = [c for c in candidates if c.quote and c.features.get("order", 0.0) >= best - _BEHIND]
    own = [c for c in near if not c.features.get("planted")][:POINTS] or near[:1]
    places = {(c.hit.document.source, c.quote.start): (c.hit, c.quote) for c in own if c.quote}
    return [_point(*places[key]) for key in sorted(places)]


def compare(things: Sequence[str], hits: Sequence[Hit], embedder: Embedder) -> list[Supported]:
    """Choose sentences about each of the things, those about both first; nothing where one of them is not found."""
    places = list({(h.document.source, s.start): (h, s) for h in hits for s in h.passage.sentences}.values())
    if not places:
        return []
    texts = [span.of(hit.document.text) for hit, span in places]
    vectors = embedder.encode([*things, *texts])
    chosen: list[int] = []
    for number, thing in enumerate(things):
        names = names_and_numbers(f"about {thing}")
        score = {}
        for n, text in enumerate(texts):
            similar, shared = float(vectors[len(things) + n] @ vectors[number]), overlap(thing, text)
            if shared and similar >= _RELATED and (not names or names & names_and_numbers(f"about {text}")):
                both = all(overlap(t, text) for t in things)
                score[n] = similar + shared + both
        if not score:
            return []
        chosen += sorted(score, key=lambda n: -score[n])[:_EACH]
    return [_point(*places[n]) for n in sorted({*chosen})]


def _point(hit: Hit, span: Span) -> Supported:
    return Supported(" ".join(span.of(hit.document.text).split()), ((hit, span),))
