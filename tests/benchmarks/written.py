"""How often the model's own sentence stands: ``python -m tests.benchmarks.written COUNT QUESTIONS.jsonl [SOURCE]``.

Each question comes with its gold evidence and gold answer, as if the reader had made no mistake; the model puts them
into a sentence, and the checker keeps that sentence or not. Questions that are answered with whole sentences of the
article, and so by no model, are left out. With ``--show`` each sentence is printed.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from qa.answering.parts import load_parts
from qa.answering.writing.by_reader import Writer
from qa.answering.writing.draft import Draft, in_full
from qa.cli.tables import show_figures
from qa.evaluation.metrics import normalise
from qa.settings import Settings, load_settings
from qa.sources.read import load
from qa.types import Candidate, Hit, Limits, Passage, Span
from tests.benchmarks.lies import Case, cases

SEED = 5


def evidence(case: Case) -> Candidate | None:
    """Make the evidence of a case as a reader without fault would find it; None where no gold answer stands there."""
    document = load(str(case.source), Limits())
    quote = Span(*case.place)
    text = quote.of(document.text)
    for answer in case.gold.answers:
        at = text.lower().find(answer.lower())
        if at >= 0:
            span = Span(quote.start + at, quote.start + at + len(answer))
            hit = Hit(document, Passage(quote, (quote,)), similarity=1.0, score=1.0)
            return Candidate(hit, answer=span, quote=quote, probability=0.95, exact=1.0)
    return None


def written(every: list[Case], count: int, settings: Settings) -> Iterator[tuple[Case, Candidate, Draft, float]]:
    """Yield the last draft, and the seconds it took, of so many cases drawn at random."""
    parts = load_parts(settings)
    writer = Writer(*parts.wording, settings, parts.reader)
    random.Random(SEED).shuffle(every)
    done = 0
    for case in every:
        candidate = evidence(case) if case.gold.answerable else None
        if candidate is None or in_full(case.gold.question, candidate):
            continue
        started = time.perf_counter()
        *_, draft = writer.write(case.gold.question, [candidate])
        yield case, candidate, draft, time.perf_counter() - started
        done += 1
        if done == count:
            return


def main() -> None:
    show = "--show" in sys.argv
    count, questions, *sources = [a for a in sys.argv[1:] if a != "--show"]
    every = cases(Path(questions), source=Path(sources[0]) if sources else None)
    settings = load_settings({}).settings
    kept = gold = number = tokens = 0
    seconds = 0.0
    for case, candidate, draft, took in written(every, int(count), settings):
        own = any(line.endswith(": kept") for line in draft.checks)
        text = " ".join(c.text for c in draft.claims)
        number, kept, seconds = number + 1, kept + own, seconds + took
        tokens += draft.usage.completion
        gold += own and f" {' '.join(normalise(candidate.answer_text))} " in f" {' '.join(normalise(text))} "
        if show:
            forced = f"{draft.usage.forced:.1f}"
            print(case.gold.question, candidate.answer_text, forced, "; ".join(draft.checks), sep=" | ", flush=True)
    shares = {
        "asked": float(number),
        "own sentence kept, %": 100 * kept / number,
        "gold answer in it, %": 100 * gold / max(1, kept),
        "seconds": seconds / number,
        "tokens written": tokens / number,
    }
    show_figures(Console(), {"generator": {k: round(v, 2) for k, v in shares.items()}})


if __name__ == "__main__":
    main()
