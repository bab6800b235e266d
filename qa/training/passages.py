"""Training examples over passages: the pool's rows at their rates, and unanswerable ones made from them."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import replace

import bm25s

from qa.training.altered import altered_question
from qa.training.data import Example, twin_of

# How often a row of each source is seen in one epoch. Encyclopedia and news prose is the job; product reviews,
# forum posts and fairy tales are kept at a lower rate for variety. SQuAD 2.0 is small and has the only
# unanswerable questions that people wrote to be unanswerable.
EPOCH_RATE = {
    "squad2": 4.0,
    "squadshifts": 0.8,
    "nq_oracle": 1.0,
    "afriqa": 0.6,
    "timeqa": 0.8,
    "qamr": 0.6,
    "fairytaleqa": 0.25,
    "condaqa": 0.5,
    "clapnq": 1.0,
}
SENTENCE = re.compile(r"[^.!?]*[.!?]+[\"”')\]]*\s*|[^.!?]+$")


def without_answer(example: Example) -> Example | None:
    """Cut the sentence that holds the answer: what is left is on the topic and does not say."""
    if example.span is None:
        return None
    answer = example.context[slice(*example.span)]
    rest = "".join(
        m.group()
        for m in SENTENCE.finditer(example.context)
        if m.end() <= example.span[0] or m.start() >= example.span[1]
    )
    if len(rest) < 80 or answer.lower() in rest.lower():
        return None
    return replace(example, context=rest, answerable=False, span=None)


class WrongPassages:
    """Passages that lexical search finds for a question and that do not hold its answer."""

    def __init__(self, examples: list[Example]) -> None:
        self.contexts = sorted({e.context for e in examples})
        self.search = bm25s.BM25()
        self.search.index(bm25s.tokenize(self.contexts, show_progress=False), show_progress=False)

    def draw(self, examples: list[Example], rng: random.Random, depth: int = 6) -> list[Example | None]:
        """Give each example one of the ``depth`` best wrong passages, or None if all of them hold the answer."""
        questions = bm25s.tokenize([e.question for e in examples], show_progress=False)
        ranked, _ = self.search.retrieve(questions, k=min(depth, len(self.contexts)), show_progress=False)
        drawn = []
        for example, ids in zip(examples, ranked, strict=True):
            answer = example.context[slice(*example.span)].lower() if example.span else "\0"
            wrong = [c for c in (self.contexts[i] for i in ids) if c != example.context and answer not in c.lower()]
            drawn.append(replace(example, context=rng.choice(wrong), answerable=False, span=None) if wrong else None)
        return drawn


def epoch(
    examples: list[Example], wrong: WrongPassages, rng: random.Random, rates: dict[str, float] = EPOCH_RATE
) -> list[Example]:
    """Draw one epoch: the rows at their rates, and for two rows in three an unanswerable one made from it.

    An unanswerable row that was written brings the answered one that it is nearly the same as.
    """
    chosen = []
    answered: dict[str, dict[str, Example]] = defaultdict(dict)
    for example in examples:
        if example.answerable:
            answered[example.context][example.question] = example
    for example in examples:
        rate = rates.get(example.source, 0.0)
        drawn = int(rate) + (rng.random() < rate % 1)
        chosen += [example] * drawn
        if drawn and example.source == "written" and not example.answerable:
            twin = twin_of(example.question, answered[example.context])
            chosen += [answered[example.context][twin]] * drawn if twin is not None else []
    answerable = [e for e in chosen if e.answerable and e.span]
    altered: list[Example | None] = []
    retrieved = []
    for example in answerable:
        kind = rng.random()
        if kind < 0.15:
            retrieved.append(example)
        elif kind < 0.35:
            altered.append(without_answer(example))
        elif kind < 0.65:
            altered.append(altered_question(example, rng))
    altered += wrong.draw(retrieved, rng)
    chosen += [e for e in altered if e is not None]
    rng.shuffle(chosen)
    return chosen
