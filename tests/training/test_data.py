"""The examples that the reader is trained on, on rows made here."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.naive_bayes import MultinomialNB
from tokenizers import Tokenizer

from qa.models.encoder import bundled_folder
from qa.training import data
from qa.training.data import Example, WrongPassages, altered_question, epoch, key_of, load, with_written, without_answer
from qa.training.encoding import Encoded, Layout, batches, tensors
from qa.training.train import rate_at

LONGEST = 288
CONTEXT = (
    "The bakery of Hilltown opened in 1990 with two ovens and a small shop in the old town. Maria Lopez founded it "
    "with her brother Paul. It was the first bakery in the county that sold 40 kinds of bread to the people of Norland."
)


def example(question: str, answer: str) -> Example:
    start = CONTEXT.index(answer)
    return Example(question, CONTEXT, True, (start, start + len(answer)), "squad2")


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    folder = bundled_folder()
    assert folder
    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.no_truncation()
    made.no_padding()
    return made


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
    first, second, third = load(tmp_path)
    assert first.span
    assert CONTEXT[slice(*first.span)] == "Maria Lopez"
    assert (second.answerable, second.span) == (False, None)
    assert third.span == (0, 29)


def test_questions_written_over_a_context_of_the_pool_are_read_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = [0, CONTEXT.index(" Maria")]
    asked = [
        {"over": key_of(CONTEXT), "question": "How long has it existed?", "evidence": opened, "words": [33, 37]},
        {"over": key_of(CONTEXT), "question": "How did it begin?", "evidence": opened},
        {"over": key_of(CONTEXT), "question": "Who did Paul found it for?"},
        {"over": key_of("another text"), "question": "Who?"},
    ]
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(a) + "\n" for a in asked), encoding="utf-8")
    monkeypatch.setattr(data, "WRITTEN", tmp_path / "questions.jsonl")
    pool = {"source": "qamr", "question": "?", "context": CONTEXT, "answers": ["Paul"], "answerable": True}
    for name, rows in (("reader_train", [pool]), ("long_answers", [])):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    first, second, third = [e for e in load(tmp_path) if e.source == "written"]
    assert first.span
    assert CONTEXT[slice(*first.span)] == "1990"
    assert (second.answerable, second.span) == (True, None)
    assert (third.answerable, third.span) == (False, None)


def test_every_written_question_has_its_places() -> None:
    asked = [json.loads(line) for line in data.WRITTEN.read_text(encoding="utf-8").splitlines()]
    assert 0.45 < sum("evidence" in a for a in asked) / len(asked) < 0.55
    for one in asked:
        assert one["question"].strip()
        if "words" in one:
            (start, end), (first, last) = one["words"], one["evidence"]
            assert first <= start < end <= last


def test_the_words_of_a_written_question_do_not_tell_whether_it_is_answered() -> None:
    asked = [json.loads(line) for line in data.WRITTEN.read_text(encoding="utf-8").splitlines()]
    words = CountVectorizer(ngram_range=(1, 2), token_pattern=r"\S+").fit_transform([a["question"] for a in asked])
    answered, texts = ["evidence" in a for a in asked], [a["over"] for a in asked]
    guessed = cross_val_score(MultinomialNB(), words, answered, groups=texts, cv=GroupKFold(3))
    assert guessed.mean() < 0.58  # 0.67 as they were first written


def test_written_questions_are_drawn_at_their_share() -> None:
    rates = with_written({"squad2": 1.0, "qamr": 0.5}, {"squad2": 100, "qamr": 400, "written": 60}, 0.6)
    assert rates["written"] * 60 == pytest.approx(0.6 * (rates["squad2"] * 100 + rates["qamr"] * 400 + 60))
    assert with_written({"squad2": 1.0}, {"squad2": 100, "written": 60}, 0.0) == {"squad2": 1.0}


def test_the_sentence_with_the_answer_is_cut() -> None:
    made = without_answer(example("Who founded it?", "Maria Lopez"))
    assert made
    assert "Lopez" not in made.context
    assert "40 kinds" in made.context
    assert not made.answerable
    assert without_answer(example("What opened?", "bakery")) is None


def test_a_question_is_altered_and_no_longer_answered() -> None:
    asked = example("When did the first bakery of Hilltown open in 1990 not before?", "1990")
    for seed in range(20):
        made = altered_question(asked, random.Random(seed))
        assert made
        assert made.question != asked.question
        assert not made.answerable
    assert altered_question(example("who baked?", "Maria Lopez"), random.Random(0)) is None


def test_an_epoch_has_rows_and_what_was_made_of_them() -> None:
    other = Example("Who?", "Another bakery was founded by Peter Smith in Southby in 1950.", True, (30, 41), "squad2")
    rows = [example("Who founded the bakery in Hilltown?", "Maria Lopez"), other] * 20
    drawn = epoch(rows, WrongPassages(rows), random.Random(1))
    assert sum(e.answerable for e in drawn) == 160
    assert 40 < sum(not e.answerable for e in drawn) < 120


def encoded(tokenizer: Tokenizer, row: Example) -> Encoded:
    return Encoded(tokenizer, Layout.of(tokenizer), row, random.Random(0), longest=LONGEST)


@pytest.mark.parametrize("repeats", [1, 8])
@pytest.mark.parametrize("before", ["", "The bakery of Hilltown."])
def test_a_span_becomes_the_tokens_of_its_text(tokenizer: Tokenizer, repeats: int, before: str) -> None:
    padding = "Nothing is here to see. " * 20 * (repeats - 1)
    start = len(padding) + CONTEXT.index("Maria Lopez")
    made = encoded(
        tokenizer, Example("Who founded it?", padding + CONTEXT, True, (start, start + 11), "squad2", before)
    )
    first, last = made.span
    assert len(made.ids) <= LONGEST
    assert tokenizer.decode([i or 0 for i in made.ids[first : last + 1]]) == "maria lopez"


def test_batches_mask_what_no_span_may_touch(tokenizer: Tokenizer) -> None:
    rows = [example("Who founded it?", "Maria Lopez"), Example("Why?", CONTEXT[:40], False, None, "squad2")]
    (batch,) = batches([[encoded(tokenizer, r)] for r in rows], random.Random(0), tokens=3072)
    examples = [e for group in batch for e in group]
    made = tensors(examples, Layout.of(tokenizer))
    assert made["input_ids"].shape == made["outside"].shape
    for row, one in enumerate(examples):
        assert not made["outside"][row, 0]
        assert made["outside"][row, 1 : one.start_of_text].all()
        assert not made["outside"][row, one.span[0]]
        assert int(made["attention_mask"][row].sum()) == len(one.ids)


def test_a_batch_keeps_to_its_tokens(tokenizer: Tokenizer) -> None:
    groups = [[encoded(tokenizer, example("Who founded it?", "Maria Lopez"))] * n for n in (1, 2, 3, 1, 2)]
    for batch in batches(groups, random.Random(0), tokens=256):
        examples = [e for group in batch for e in group]
        assert len(batch) == 1 or len(tensors(examples, Layout.of(tokenizer))["input_ids"].flatten()) <= 256


def test_the_rate_rises_then_falls_to_zero() -> None:
    assert rate_at(0.0) == 0.0
    assert rate_at(0.03) > rate_at(0.5) > rate_at(1.0) == 0.0
