"""Example questions: written by the generator, and used only if the article answers them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise

import msgspec

from qa.answering.assistant import Assistant
from qa.answering.follow_up import leans
from qa.answering.parts import Parts
from qa.system.cache import ModelCache
from qa.text.catalogue import said
from qa.text.language import KNOWN
from qa.text.words import content_stems, names_and_numbers, words_of
from qa.types import Candidate, Hit, Message, Span

_SURE = 0.9  # least confidence of the answer that is looked for
_CLEAR = 0.6  # least probability that its words answer without their sentence
_ABOUT_FACTS = 2  # questions that are written; the others are about the whole article
_ABOUT = "What is the article about?"
_WHOLE_ARTICLE = (_ABOUT, "Who is quoted?")
_TRIED = 16
_FEWEST = 4  # words of a question that names what it is about
_TOKENS = 40
_NEAR = 6  # words between two of the question's, in the sentence
# A small model asks "What was the recent offensive?", which nobody would; what it asks for must be a particular.
_ASKS = re.compile(r"(?:Who|Whose|When|Where|Why|How (?:many|much|long|far|old)|Which|In (?:what|which))\b")
_PATTERN = r" ?[A-Z][^\n?\[\]<>]{8,120}\?"
_SYSTEM = "Write one short question that the sentence answers. Name what it is about."
_EXAMPLES = (
    ("The bakery in Hilltown was founded by Maria Lopez in 1990.", "Who founded the bakery in Hilltown?"),
    ("Wind power now covers 40 percent of demand, the ministry said on Monday.", "How much of demand is wind power?"),
    ("The bridge was closed because of cracks in its cables.", "Why was the bridge closed?"),
)


def _nothing() -> None:
    """Do nothing."""


def suggest(
    assistant: Assistant, cache: ModelCache, *, count: int = 3, before_each: Callable[[], None] = _nothing
) -> list[str]:
    """Return up to ``count`` questions that the sources answer; none without a reader to check them.

    Many questions of a small model are of no use, so few are taken, and only those in the words of their sentence.
    ``before_each`` is called before each is tried; what it raises ends the search.
    """
    parts, hits = assistant.parts, assistant.retriever().passages()
    if parts.reader is None or not hits:
        return []
    documents = sorted({hit.document.sha256 for hit in hits})
    languages = {hit.document.language for hit in hits}
    overall = _WHOLE_ARTICLE if KNOWN in languages else tuple(said(_ABOUT, language) for language in sorted(languages))
    # Of a collection, or of much of it, nobody asks what it is about.
    if assistant.corpus.collection and assistant.corpus.count(assistant.sources) > 1:
        overall = ()
    key = f"questions {documents} {parts.generator.name} {parts.reader.name} {count} {_SURE} {_EXAMPLES} {overall}"
    cached = cache.blob(key)
    if cached is not None:
        return msgspec.json.decode(cached, type=list[str])
    # The generator asks in English, of what is English.
    english = [hit for hit in hits if hit.document.language == KNOWN]
    questions = list(islice(_answered(english, assistant, before_each), min(_ABOUT_FACTS, count)))
    for question in overall:
        before_each()
        if len(questions) < count and assistant.find_evidence(question).points:
            questions.append(question)
    cache.keep_blob(key, msgspec.json.encode(questions))
    return questions


def _answered(hits: Sequence[Hit], assistant: Assistant, before_each: Callable[[], None]) -> Iterator[str]:
    """Yield questions about different things, each written from a sentence and answered by that sentence."""
    chosen: list[frozenset[str]] = []
    for hit, span in _informative(hits):
        before_each()
        sentence = span.of(hit.document.text)
        question = _write(sentence, assistant.parts)
        stems = content_stems(question)
        # A question that stands first has nothing to lean on, and says nothing that its sentence does not say.
        asks = bool(_ASKS.match(question)) and len(question.split()) >= _FEWEST
        usable = asks and stems and not leans(question) and _keeps_together(question, sentence)
        if not usable or any(len(stems & other) > len(stems) / 2 for other in chosen):
            continue
        candidates = assistant.find_evidence(question).candidates
        if candidates and _is_clear(candidates[0], stems, span):
            chosen.append(stems)
            yield question


def _keeps_together(question: str, sentence: str) -> bool:
    """Tell whether words that follow each other in the question stand near each other in the sentence.

    "Who used to be the army?" of a group "that used to have another name, and was close to the army" has its words.
    """
    asked = [w.stem for w in words_of(question) if w.matters]
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words_of(sentence)):
        places.setdefault(word.stem, []).append(place)
    return all(stem in places for stem in asked) and all(
        min(abs(p - q) for p in places[one] for q in places[other]) <= _NEAR for one, other in pairwise(asked)
    )


def _is_clear(best: Candidate, asked: frozenset[str], span: Span) -> bool:
    # An answer in the question's own words tells nothing.
    tells = not asked & content_stems(best.answer_text)
    sure = best.probability >= _SURE and best.exact >= _CLEAR
    return bool(sure and tells and best.quote and best.quote.overlaps(span))


def _informative(hits: Sequence[Hit]) -> list[tuple[Hit, Span]]:
    """Choose the sentences of a moderate length that have most names and numbers."""
    sentences = {(hit.document.source, span.start): (hit, span) for hit in hits for span in hit.passage.sentences}
    candidates = [(h, s) for h, s in sentences.values() if 8 <= len(s.of(h.document.text).split()) <= 40]  # noqa: PLR2004
    candidates.sort(key=lambda place: -len(names_and_numbers(place[1].of(place[0].document.text))))
    return candidates[:_TRIED]


def _write(sentence: str, parts: Parts) -> str:
    messages = [Message("system", _SYSTEM)]
    for sentence_shown, question in _EXAMPLES:
        messages += [Message("user", sentence_shown), Message("assistant", question)]
    messages.append(Message("user", " ".join(sentence.split())))
    return "".join(parts.generator.generate(messages, max_tokens=_TOKENS, pattern=_PATTERN)).strip()
