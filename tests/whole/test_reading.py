"""A model that always knows and models that lie, over HTTP: a quick part of the benchmarks."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from qa.answering.assistant import Assistant
from qa.answering.parts import load_parts
from qa.answering.writing.checks.verify import Verifier
from qa.evaluation import run
from qa.evaluation.metrics import figures
from qa.records.lines import GoldQuestion, source_beside
from qa.settings import load_settings
from tests.benchmarks.liars import asked, is_shown
from tests.benchmarks.lies import LIES, Case, cases, drawn
from tests.benchmarks.long_answers import knowing
from tests.benchmarks.oracle import oracle, served, settings_for
from tests.benchmarks.statements import HONEST, shown, told

pytestmark = pytest.mark.real
QUESTIONS = Path(__file__).resolve().parents[1] / "pages" / "tune" / "questions.jsonl"


@pytest.fixture(scope="module")
def some() -> list[Case]:
    return cases(QUESTIONS)


def test_what_a_model_knows_reaches_the_reader(tmp_path: Path) -> None:
    gold = [
        msgspec.structs.replace(g, source=source_beside(g.source or "", QUESTIONS.parent))
        for g in run.read_gold(QUESTIONS)
    ]
    chosen = tmp_path / "questions.jsonl"
    chosen.write_bytes(b"".join(msgspec.json.encode(g) + b"\n" for g in gold[:12]))
    with served(oracle(chosen)) as address:
        settings = settings_for(address, index_dir=tmp_path)
        assistant = Assistant([], settings, load_parts(settings))
        judged = run.run(chosen, assistant)
    assert figures(judged)["right"] >= 80
    assert figures(judged)["quote_integrity"] == 100


def test_a_long_answer_of_a_model_that_knows_has_a_quote_for_each_sentence(tmp_path: Path) -> None:
    recall = "recall-notice.html"
    evidence = [
        "found that a plastic pin in the locking ring softens after many rounds of heating",
        "We have had 63 reports of lids that came off under pressure.",
    ]
    gold = GoldQuestion(
        question="Explain why the cookers are recalled",
        source=str(QUESTIONS.parent / recall),
        answerable=True,
        evidence=evidence,
        long=True,
    )
    chosen = tmp_path / "long.jsonl"
    chosen.write_bytes(msgspec.json.encode(gold) + b"\n")
    for served_model, named in ((knowing(chosen), True), (lambda *_: "The moon is made of cheese [1].", False)):
        with served(served_model) as address:
            settings = settings_for(address, index_dir=tmp_path / "indexes")
            (judged,) = run.run(chosen, Assistant([], settings, load_parts(settings)))
        assert judged.sentences == judged.supported > 0
        assert judged.covered == 2 or not named
        assert "cheese" not in judged.answer.answer


@pytest.mark.parametrize("kind", LIES)
def test_lies_are_not_shown(kind: str, some: list[Case]) -> None:
    lies = drawn(some, kind, 2, random.Random(3))
    answers = asked(lies, answers_by="model")
    told_and_shown = [t for a, (_, t) in zip(answers, lies, strict=True) if is_shown(a, t)]
    # "Dies at 11" passes: another sentence has that she died on the 11th of June.
    assert len(told_and_shown) <= (kind == "number"), told_and_shown


def test_honest_sentences_in_other_words_are_told_from_lies() -> None:
    rows = told([QUESTIONS.with_name("statements.jsonl")])[:72]
    numbers = Counter(row["kind"] for row in rows)
    made = shown(rows, Verifier.of(load_parts(load_settings({}).settings).reader))
    lies = numbers.total() - numbers[HONEST]
    assert made[HONEST] >= 0.6 * numbers[HONEST]
    assert made.total() - made[HONEST] <= 0.2 * lies
