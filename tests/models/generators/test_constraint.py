from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from qa.models.generators.constraint import PatternConstraint

if TYPE_CHECKING:
    from llama_cpp import Llama

LETTERS = "abcdefgh"
END = len(LETTERS)


class Alphabet:
    """A vocabulary of eight letters and the end, as far as a constraint asks for one."""

    n_tokens = 0
    model = None

    def detokenize(self, tokens: list[int]) -> bytes:
        return "".join(LETTERS[t] for t in tokens).encode()

    def token_eos(self) -> int:
        return END


@pytest.fixture
def constraint(monkeypatch: pytest.MonkeyPatch) -> PatternConstraint:
    import llama_cpp

    monkeypatch.setattr(llama_cpp, "llama_model_get_vocab", lambda _: None)
    monkeypatch.setattr(llama_cpp, "llama_vocab_is_eog", lambda _, token: token == END)
    return PatternConstraint("[bd]+", cast("Llama", Alphabet()), 0)


def test_the_likeliest_token_that_the_pattern_allows_is_left_and_how_far_behind_it_was_is_kept(
    constraint: PatternConstraint,
) -> None:
    logits = constraint([], np.array([9.0, 4.0, 8.0, 6.5, 0, 0, 0, 0, 7.0]))
    assert LETTERS[int(logits.argmax())] == "d"
    assert constraint.forced == 2.5
    constraint([], np.array([0, 5.0, 0, 0, 0, 0, 0, 0, 0]))
    assert constraint.forced == 2.5


def test_where_no_token_is_allowed_the_text_ends(
    monkeypatch: pytest.MonkeyPatch, constraint: PatternConstraint
) -> None:
    monkeypatch.setattr(constraint, "_matches", lambda *_, **__: None)
    assert int(constraint([], np.zeros(9)).argmax()) == END
    assert math.isinf(constraint.forced)
