"""Tests of the pool that the readers are trained on."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.naive_bayes import MultinomialNB

from qa.training import data
from qa.training.data import key_of, load, name_of, twin_of, with_written
from tests.training.bakery import CONTEXT


def test_rows_are_read_and_spans_found(tmp_path: Path) -> None:
    rows = [
        {"source": "squad2", "question": "Who?", "context": CONTEXT, "answers": ["Maria Lopez"], "answerable": True},
        {"source": "squad2", "question": "Why?", "context": CONTEXT, "answers": [], "answerable": False},
        {"source": "qamr", "question": "Who?", "context": CONTEXT, "answers": ["not there"], "answerable": True},
    ]
    long = [{"source": "clapnq", "question": "q", "context": CONTEXT, "evidence": [CONTEXT[:29]], "answerable": True}]
    for name, made in (("reader_train", rows), ("long_answers", long)):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in made)
    first, second, third = [e for e in load(tmp_path) if e.source != "written"]
    assert first.span
    assert CONTEXT[slice(*first.span)] == "Maria Lopez"
    assert (second.answerable, second.span) == (False, None)
    assert third.span == (0, 29)


def test_questions_are_read_with_the_context_that_they_were_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, counted = [0, CONTEXT.index(" Maria")], [CONTEXT.index("It was"), len(CONTEXT)]
    second = CONTEXT.rindex("bakery")
    asked = [
        {"over": key_of(CONTEXT), "question": "How long has it existed?", "evidence": opened, "words": [33, 37]},
        {"over": key_of(CONTEXT), "question": "How did it begin?", "evidence": opened},
        {"over": key_of(CONTEXT), "question": "Who did Paul found it for?"},
        {
            "over": key_of(CONTEXT),
            "question": "What was the first?",
            "evidence": counted,
            "words": [second, second + 6],
        },
        {
            "over": key_of(CONTEXT),
            "of": name_of(CONTEXT, "Who founded it?"),
            "parts": [[0, 4], "sold", [11, 15]],
        },
        {"over": key_of(CONTEXT), "of": name_of(CONTEXT, "not in the pool"), "parts": [[0, 4]]},
        {"over": key_of("another text"), "question": "Who?"},
    ]
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(a) + "\n" for a in asked), encoding="utf-8")
    monkeypatch.setattr(data, "WRITTEN", tmp_path / "questions.jsonl")
    page = "The shop closed in May. Nobody was told why."
    own = [{"question": "What happened?", "evidence": [0, 23]}, {"question": "Why did it close?"}]
    (tmp_path / "pages.jsonl").write_text(json.dumps({"text": page, "questions": own}), encoding="utf-8")
    monkeypatch.setattr(data, "PAGES", tmp_path / "pages.jsonl")
    pool = {
        "source": "qamr",
        "question": "Who founded it?",
        "context": CONTEXT,
        "answers": ["Paul"],
        "answerable": True,
    }
    for name, rows in (("reader_train", [pool]), ("long_answers", [])):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    first, how, third, last, altered, happened, why = [e for e in load(tmp_path) if e.source == "written"]
    assert first.span
    assert CONTEXT[slice(*first.span)] == "1990"
    assert (how.answerable, how.span) == (True, None)
    assert (third.answerable, third.span) == (False, None)
    assert last.span == (second, second + 6)
    assert (altered.question, altered.answerable) == ("Who sold it?", False)
    assert (happened.context, happened.answerable, why.context, why.answerable) == (page, True, page, False)


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def written() -> list[dict[str, Any]]:
    """Return the questions over texts of the pool, and those over pages."""
    return [*rows(data.WRITTEN), *({**q, "over": p["text"]} for p in rows(data.PAGES) for q in p["questions"])]


def test_every_written_question_has_its_places() -> None:
    for one in written():
        assert one["question"].strip() if "question" in one else one["of"] and len(one["parts"]) > 1
        if "words" in one:
            (start, end), (first, last) = one["words"], one["evidence"]
            assert first <= start < end <= last


def test_the_words_of_a_written_question_do_not_tell_whether_it_is_answered() -> None:
    # One that alters a question of the pool stands beside it, and has its words.
    asked = [one for one in written() if "of" not in one]
    words = CountVectorizer(ngram_range=(1, 2), token_pattern=r"\S+").fit_transform([a["question"] for a in asked])
    answered, texts = ["evidence" in a for a in asked], [a["over"] for a in asked]
    assert 0.45 < sum(answered) / len(answered) < 0.55
    guessed = cross_val_score(MultinomialNB(), words, answered, groups=texts, cv=GroupKFold(3))
    assert guessed.mean() < 0.58  # 0.67 as they were first written


def test_written_questions_are_drawn_at_their_share() -> None:
    rates = with_written({"squad2": 1.0, "qamr": 0.5}, {"squad2": 100, "qamr": 400, "written": 60}, 0.6)
    assert rates["written"] * 60 == pytest.approx(0.6 * (rates["squad2"] * 100 + rates["qamr"] * 400 + 60))
    assert with_written({"squad2": 1.0}, {"squad2": 100, "written": 60}, 0.0) == {"squad2": 1.0}


def test_a_twin_differs_in_a_word_or_two() -> None:
    others = ["Who left the bakery of Hilltown?", "How many kinds of bread were sold?"]
    assert twin_of("Who founded the bakery of Hilltown?", others) == others[0]
    assert twin_of("Where is it?", others) is None
    assert twin_of("Who founded it?", []) is None
