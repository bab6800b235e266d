"""Tests of training groups: a question, the sentence that answers it, and what does not."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from qa.training import data
from qa.training.sentences import Sentences
from tests.training.bakery import CONTEXT

ASKED = "Who founded the bakery with her brother Paul?"
TWIN = "Who left the bakery with her brother Paul?"


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    row = {
        "source": "squadshifts",
        "question": ASKED,
        "context": CONTEXT,
        "answers": ["Maria Lopez"],
        "answerable": True,
    }
    for name in ("reader_train", "long_answers", "canard_dev", "sentence_answerability"):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(r) + "\n" for r in ([row] if name == "reader_train" else []))
    written = [
        {"over": data.key_of(CONTEXT), "question": TWIN},
        {"over": data.key_of(CONTEXT), "question": "How much flour?"},
    ]
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(w) + "\n" for w in written), encoding="utf-8")
    monkeypatch.setattr(data, "WRITTEN", tmp_path / "questions.jsonl")
    (tmp_path / "pages.jsonl").write_text("", encoding="utf-8")
    monkeypatch.setattr(data, "PAGES", tmp_path / "pages.jsonl")
    evidence = [CONTEXT.index("Maria"), CONTEXT.index(" It was")]
    pairs = [[[[*evidence]], ["Paul left ", [4, 22], "."]], [["She was the founder."], ["She was the owner."]]]
    stated = [{"over": key, "evidence": evidence, "pairs": pairs} for key in (data.key_of(CONTEXT), "of another text")]
    (tmp_path / "statements.jsonl").write_text("".join(json.dumps(s) + "\n" for s in stated), encoding="utf-8")
    monkeypatch.setattr(data, "STATEMENTS", tmp_path / "statements.jsonl")
    return tmp_path


@pytest.mark.parametrize("source", ["squadshifts", "written"])
def test_a_question_and_its_unanswered_twin_are_asked_of_the_same_sentence(pool: Path, source: str) -> None:
    groups = Sentences(pool).draw(random.Random(1), {source: 1.0})
    group = next(g for g in groups if any(e.question == TWIN for e in g))
    quote = "Maria Lopez founded it with her brother Paul."
    assert (group[0].question, group[0].context, group[0].answerable) == (ASKED, quote, True)
    assert [(e.context, e.answerable) for e in group if e.question == TWIN] == [(quote, False)]


def test_a_question_without_a_twin_is_asked_of_the_sentences_that_look_most_like_it(pool: Path) -> None:
    groups = Sentences(pool).draw(random.Random(1), {"written": 1.0})
    (group,) = [g for g in groups if g[0].question == "How much flour?"]
    assert len(group) == 2
    assert not any(e.answerable for e in group)


def test_a_statement_comes_with_what_its_sentence_does_not_support(pool: Path) -> None:
    groups = Sentences(pool).stated(random.Random(1))
    assert len(groups) == 2
    quote = "Maria Lopez founded it with her brother Paul."
    (group,) = [g for g in groups if g[0].question == quote]
    assert (group[0].context, group[0].answerable, group[0].span) == (quote, True, None)
    assert group[1].question == quote
    assert group[1].context != quote
    assert [(e.question, e.context) for e in group[2:]] == [
        ("Paul left bakery of Hilltown.", quote),
        ("She was the owner.", quote),
    ]
    assert not any(e.answerable for e in group[1:])
