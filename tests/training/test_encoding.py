"""Tests of examples as tokens, and of the rate that they are learned at."""

from __future__ import annotations

import random

import pytest
from tokenizers import Tokenizer

from qa.models.encoder import bundled_folder
from qa.training.data import Example
from qa.training.encoding import Encoded, Layout, batches, tensors
from qa.training.train import rate_at
from tests.training.bakery import CONTEXT, example

LONGEST = 288


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    folder = bundled_folder()
    assert folder
    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.no_truncation()
    made.no_padding()
    return made


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
