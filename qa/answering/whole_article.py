"""Questions over the whole article: recognised by their form, answered from sentences spread over all of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qa.protocols import Embedder, Reader
from qa.text.catalogue import joined, said
from qa.text.forms import COUNTED, SUMMARISED, asked_in
from qa.text.language import KNOWN
from qa.text.sentences import CLOSING, ENDS, WITHOUT_STOPS
from qa.text.words import content_stems, names_and_numbers, overlap
from qa.types import Hit, Span, Supported

_THE_ARTICLE = (
    r"(?:(?:this|the|that) )?(?:whole |entire |full )?(?:article|text|piece|story|report|document|page|it|this)"
)
# "Who was named president?" asks for one.
_IN_IT = rf"(?: (?:here|(?:in|by|throughout|within) {_THE_ARTICLE}))?"
_SUMMARY = re.compile(
    r"^(?:please |can you |could you )*(?:"
    r"summari[sz]e|sum up|recap|tl;?dr|outline"
    r"|(?:give|write|provide)(?: me| us)? (?:a|an|the) (?:\w+ )?(?:summary|overview|outline|gist)"
    r"|what(?:'s| is| are| were) the (?:main|key|central|most important)"
    r" (?:points?|facts?|takeaways?|ideas?|messages?|topics?)"
    r"|what(?:'s| is) (?:the )?(?:summary|overview|gist)"
    rf"|what(?:'s| is| does) {_THE_ARTICLE} (?:about|say)\b"
    r")(?:\s+(?:of|on|about|in|for))?[\s,:]*(?P<topic>.*?)[\s?.!]*$",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"^(?:please )?(?:list|name|enumerate|give(?: me)?|identify|mention)"
    r" (?:all|every|each|everyone|everybody|everything)\b\s*(?:of )?(?:the )?(?P<what>.*?)[\s?.!]*$"
    r"|^(?P<who>who|which [\w -]+?|what [\w -]+?) (?:is|are|was|were|gets?|has been|have been) (?:all )?"
    rf"(?P<verb>quoted|named|mentioned|cited|listed){_IN_IT}[\s?.!]*$",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"^how many (?:different )?(?P<what>[\w -]+?) (?:are|is|were|does|do|gets?) (?:the article )?"
    rf"(?P<verb>quoted?|named?|mention(?:ed)?|cited?|listed?){_IN_IT}[\s?.!]*$",
    re.IGNORECASE,
)
# "in three sentences" says how long it should be, not what it should be about.
_LENGTH = re.compile(
    r"[\s,]*\b(?:in|with|using) (?:a |one |\w+ )?(?:few |short )?(?:sentences?|words?|points?|lines?)$", re.IGNORECASE
)
_WHOLE = re.compile(rf"^(?:(?:of|in|from|by|about)\s+)?{_THE_ARTICLE}$", re.IGNORECASE)
_LONGEST = 300  # characters of a question of such a form
_POINTS = 5
# A summary of one topic is an answer, not a digest: it stays within the length that answers are judged at.
_TOPIC_WORDS = 40
_SENTENCES = 400  # of a long article, so many are looked at, evenly spread
_DIVERSITY = 0.5
_RELATED = 0.25  # cosine with the topic below which a sentence is about something else
_CLOSED = ENDS | CLOSING
_ITEM_SCORE = 2.0  # log-odds from which what the reader finds in a sentence is an item of a list
_SPEAKER_SCORE = 0.5  # the same where it is asked who speaks, which a sentence says more plainly
_WHO_SAID = "Who said this?"
_WHO_IS_NAMED = "Who?"
_SPEAKING = frozenset({"quoted", "cited"})
_PEOPLE = re.compile(r"(?:who|named|mentioned|listed)\b", re.IGNORECASE)
_AND = re.compile(r",? and |, ")


@dataclass(frozen=True, slots=True)
class Overview:
    """A question over the whole article; ``topic`` is what a summary is to be about, or what items are looked for.

    A summary of one topic has at most so many ``words``. ``language`` is the question's.
    """

    kind: Literal["summary", "list", "count"]
    topic: str
    words: int = _TOPIC_WORDS
    language: str = KNOWN


def recognise(question: str, language: str = KNOWN) -> Overview | None:
    """Tell whether a question is about the whole article, by its form.

    In other languages than English that is a summary of all of it, or how many of something are named.
    """
    asked = " ".join(question.split())
    if len(asked) > _LONGEST:
        return None
    if language != KNOWN:
        return _recognise_in(asked, language)
    if match := _SUMMARY.match(asked):
        topic = _LENGTH.sub("", match["topic"])
        return Overview("summary", "" if _WHOLE.match(topic) or not content_stems(topic) else topic)
    if match := _COUNT.match(asked):
        return Overview("count", f"Which {match['what']}?")
    if match := _LIST.match(asked):
        return Overview("list", _item_question(match))
    return None


def _recognise_in(asked: str, language: str) -> Overview | None:
    if asked_in(language, SUMMARISED, asked):
        return Overview("summary", "", language=language)
    if match := asked_in(language, COUNTED, asked):
        return Overview("count", said("Which {what}?", language).format(what=match["what"].strip()), language=language)
    return None


def _item_question(match: re.Match[str]) -> str:
    if match["what"] is None:
        return _WHO_SAID if match["verb"].lower() in _SPEAKING else f"{match['who'].capitalize()}?"
    what = match["what"].strip()
    if _SPEAKING & {*what.lower().split()}:
        return _WHO_SAID
    # "List everyone", "Name everybody who is mentioned": nothing is said of what kind the items are but people.
    return _WHO_IS_NAMED if not what or _PEOPLE.match(what) else f"Which {what}?"


def answer(overview: Overview, hits: Sequence[Hit], embedder: Embedder, reader: Reader | None) -> list[Supported]:
    """Answer from all of ``hits``, in the article's order; nothing where nothing fits."""
    places = _spread(hits)
    if not places:
        return []
    if overview.kind == "summary":
        chosen = _about(overview, places, embedder) if overview.topic else _main_points(places, embedder)
        return [Supported(" ".join(span.of(hit.document.text).split()), ((hit, span),)) for hit, span in chosen]
    if reader is None:
        return []
    items = _items(overview.topic, places, reader)
    if overview.kind == "list" or not items:
        return items
    # The reader misses some, so the count is a lower bound, and says so.
    names = joined([i.text for i in items], overview.language)
    told = said("At least {count}: {names}", overview.language).format(count=len(items), names=names)
    return [Supported(told, tuple(dict.fromkeys(q for i in items for q in i.quotes)))]


def _spread(hits: Sequence[Hit]) -> list[tuple[Hit, Span]]:
    places: dict[tuple[str, int], tuple[Hit, Span]] = {}
    for hit in hits:
        for span in hit.passage.sentences:
            places.setdefault((hit.document.source, span.start), (hit, span))
    # A heading has no full stop and states nothing; an article without any full stop is taken as it is.
    stated = {key: (hit, span) for key, (hit, span) in places.items() if _states(hit, span)}
    places = stated or places
    ordered = list(places.values())
    step = max(1, -(-len(ordered) // _SENTENCES))
    return ordered[::step]


def _states(hit: Hit, span: Span) -> bool:
    # Where there is no full stop, nothing tells a heading from a sentence.
    return span.of(hit.document.text)[-1] in _CLOSED or hit.document.language in WITHOUT_STOPS


def _texts(places: Sequence[tuple[Hit, Span]]) -> list[str]:
    return [span.of(hit.document.text) for hit, span in places]


def _main_points(places: Sequence[tuple[Hit, Span]], embedder: Embedder) -> list[tuple[Hit, Span]]:
    """Choose central and different sentences: maximal marginal relevance (Carbonell and Goldstein, 1998)."""
    vectors = embedder.encode(_texts(places))
    centre = vectors.mean(axis=0)
    # News and encyclopedia articles say the most important things first.
    central = [float(v @ centre) + 0.1 * (1 - n / len(places)) for n, v in enumerate(vectors)]
    chosen: list[int] = []
    while len(chosen) < min(_POINTS, len(places)):
        left = [n for n in range(len(places)) if n not in chosen]
        chosen.append(
            max(
                left,
                key=lambda n: (
                    central[n] - _DIVERSITY * max((float(vectors[n] @ vectors[c]) for c in chosen), default=0.0)
                ),
            )
        )
    return [places[n] for n in sorted(chosen)]


def _about(overview: Overview, places: Sequence[tuple[Hit, Span]], embedder: Embedder) -> list[tuple[Hit, Span]]:
    topic, texts = overview.topic, _texts(places)
    vectors = embedder.encode([topic, *texts])
    names = names_and_numbers(f"about {topic}")
    score = {}
    for n, text in enumerate(texts):
        similar = float(vectors[n + 1] @ vectors[0])
        if similar >= _RELATED and (not names or names & names_and_numbers(f"about {text}")):
            score[n] = similar + overlap(topic, text)
    chosen: list[int] = []
    for n in sorted(score, key=lambda n: -score[n])[:_POINTS]:
        if not chosen or sum(len(texts[c].split()) for c in [*chosen, n]) <= overview.words:
            chosen.append(n)
    return [places[n] for n in sorted(chosen)]


def _items(question: str, places: Sequence[tuple[Hit, Span]], reader: Reader) -> list[Supported]:
    items: list[Supported] = []
    texts = _texts(places)
    least = _SPEAKER_SCORE if question == _WHO_SAID else _ITEM_SCORE
    for (hit, span), text, readings in zip(places, texts, reader.read(question, texts), strict=True):
        for item in (i for r in readings if r.score >= least for i in _single(text[r.start : r.end])):
            stems, language = content_stems(item, hit.document.language), hit.document.language
            others = [content_stems(f.text, language) for f in items]
            if stems and not any(stems <= other or other <= stems for other in others):
                items.append(Supported(item, ((hit, span),)))
    return items


def _single(answer: str) -> list[str]:
    """Cut "Aleppo and Hama" in two; what is no list of names stays whole."""
    item = " ".join(answer.split())
    parts = [p for p in _AND.split(item) if p]
    return parts if all(p[0].isupper() for p in parts) else [item]
