"""A model that reads for itself: it answers from the passages; what no quote supports is asked again or replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa.answering.prompts import Prompts
from qa.answering.writing.checks.support import agrees, find_quote
from qa.answering.writing.checks.verify import Verifier
from qa.answering.writing.citations import Claim, claims
from qa.answering.writing.draft import Draft, in_full, literal
from qa.answering.writing.opinion import Trust
from qa.protocols import Generator, Reader
from qa.settings import Settings
from qa.types import Candidate, Evidence, Hit, Message, Span, Supported, Turn, Usage

_TRIES = 2
_CLAIMS, _CLAIMS_AT_LENGTH = 3, 5  # sentences of an answer
_LONGER = 3  # times the tokens of an answer, where several sentences are asked for
_TURNS = 3  # of the conversation that the model is shown
_UNJUDGED = 0.1  # the reader's probability of a quote that it did not find worth judging
_OTHERWISE = 0.5  # what is left of its probability where it found other words in the same quote
_REFUSAL = re.compile(
    r"\bnot stated\b"
    r"|\b(?:passages?|article|text|document|context|information)\b[^.]{0,30}(?:\bnot?\b|n['’]t\b)[^.]{0,30}"
    r"\b(?:say|state|mention|specif|provid|contain|answer|includ|give|given|indicat|information)"
    r"|\b(?:cannot|can['’]t|can not|unable to) (?:be )?(?:answer|determin|find|found)"
    r"|\bi (?:do not|don['’]t) know\b",
    re.IGNORECASE,
)


class ModelAnswerer:
    """Lets the generator answer from the passages; keeps nothing between two questions."""

    def __init__(
        self,
        generator: Generator,
        prompts: Prompts,
        settings: Settings,
        trust: Trust,
        reader: Reader | None = None,
    ) -> None:
        self._generator, self._prompts, self._settings, self._trust = generator, prompts, settings, trust
        self._verifier = Verifier.of(reader)

    def write(self, question: str, evidence: Evidence, history: Sequence[Turn] = ()) -> Iterator[Draft]:
        """Yield the draft, with its confidence, each time it has grown by supported sentences, and when it is whole.

        ``question`` is as it was asked, after ``history``; the evidence has it as it stands alone.

        A sentence that no quote supports is asked again once, with the reason. Where nothing is supported then, the
        reader's own answer stands in; where the model says that the passages do not answer, the reader is heard too.
        """
        if not evidence.hits:
            return
        alone, hits = evidence.standalone_question, _in_order(evidence)
        messages, count = self._prompts.fit_reading(
            question,
            [h.text for h in hits],
            history[-_TURNS:],
            self._generator,
            answer_tokens=self._tokens(evidence),
            at_length=evidence.at_length,
        )
        most = _CLAIMS_AT_LENGTH if evidence.at_length else _CLAIMS
        text, shown, draft = "", hits[:count], Draft(dropped_passages=len(hits) - count)
        for _ in range(_TRIES):
            text, usage = self._generated(messages, self._tokens(evidence))
            draft = replace(draft, usage=draft.usage + usage)
            if _refuses(text):
                draft = draft.with_check("the model says that the passages do not answer")
                break
            draft, reasons = self._judged(draft, claims(text)[:most], evidence, shown)
            draft = replace(draft, claims=draft.claims[:most])  # a second try may add to the first
            if draft.confidence >= self._settings.min_confidence:
                yield draft
            if not reasons:
                break
            again = self._prompts.again.format(reasons="\n".join(reasons))
            messages = [*messages, Message("assistant", text), Message("user", again)]
        if not draft.claims:
            sure = self._trust.pooled(evidence.confidence, answered=False) if _refuses(text) else evidence.confidence
            yield self._of_reader(replace(draft, confidence=sure), alone, evidence)
        elif draft.confidence >= self._settings.min_confidence:
            yield draft
        else:
            yield replace(draft.with_check("too unsure to be shown"), claims=())

    def _tokens(self, evidence: Evidence) -> int:
        return self._settings.answer_tokens * (_LONGER if evidence.at_length else 1)

    def _generated(self, messages: Sequence[Message], tokens: int) -> tuple[str, Usage]:
        generation = self._generator.generate(messages, max_tokens=tokens)
        return "".join(generation), generation.usage

    def _judged(
        self, draft: Draft, written: Sequence[Claim], evidence: Evidence, shown: Sequence[Hit]
    ) -> tuple[Draft, list[str]]:
        """Add what is supported, and say of the rest why it is not."""
        reasons = []
        for claim in written:
            supported, reason = self._supported(claim, evidence.standalone_question, shown, evidence.candidates)
            draft = draft.with_check(f"written: “{claim.text}”: {f'dropped, {reason}' if reason else 'kept'}")
            if supported:
                draft = self._with(draft, supported, evidence)
            else:
                reasons.append(f"“{claim.text}”: {reason}")
        return draft, reasons

    def _of_reader(self, draft: Draft, question: str, evidence: Evidence) -> Draft:
        if draft.confidence < self._settings.min_confidence:
            return draft
        if evidence.points:
            draft = draft.with_check("answered with sentences of the article instead")
            return replace(draft, claims=evidence.points)
        if not evidence.candidates:
            return draft
        best = evidence.candidates[0]
        own = in_full(question, best) or literal(best)
        return draft.with_check("answered with the words of the evidence instead").with_claim(own) if own else draft

    def _supported(
        self, claim: Claim, question: str, shown: Sequence[Hit], candidates: Sequence[Candidate]
    ) -> tuple[Supported | None, str]:
        cited = [shown[n - 1] for n in claim.markers if 1 <= n <= len(shown)]
        liked: dict[tuple[str, Span | None], float] = {
            (c.hit.document.source, c.quote): c.probability for c in candidates
        }
        quote, reason = find_quote(claim.text, question, shown, liked, self._verifier, cited)
        return (Supported(claim.text, (quote,)), "") if quote else (None, reason or "nothing was shown")

    def _with(self, draft: Draft, supported: Supported, evidence: Evidence) -> Draft:
        """Add a claim; the first says how sure the answer is."""
        first = not draft.claims
        draft = draft.with_claim(supported)
        if not first:
            return draft
        (hit, quote), *_ = supported.quotes
        # What sums up the article is judged as a whole.
        unjudged = evidence.confidence if evidence.at_length and not evidence.candidates else _UNJUDGED
        same = (c for c in evidence.candidates if _same(c, hit, quote))
        opinion = max((_opinion(supported.text, c) for c in same), default=unjudged)
        return replace(draft, confidence=self._trust.pooled(opinion, answered=True))


def _in_order(evidence: Evidence) -> list[Hit]:
    """Order the hits as the reader likes them, so that those that do not fit are the least likely."""
    return list({id(hit): hit for hit in (*(c.hit for c in evidence.candidates), *evidence.hits)}.values())


def _same(candidate: Candidate, hit: Hit, quote: Span) -> bool:
    own = candidate.quote or candidate.hit.passage.span
    return candidate.hit.document.source == hit.document.source and own.overlaps(quote)


def _opinion(text: str, candidate: Candidate) -> float:
    own, language = candidate.answer_text, candidate.hit.document.language
    same_words = not own or agrees(text, own, language) or agrees(own, text, language)
    return candidate.probability if same_words else _OTHERWISE * candidate.probability


def _refuses(text: str) -> bool:
    return not text.strip() or bool(_REFUSAL.search(text) and len(claims(text)) == 1)
