from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from qa.answering.prompts import load_prompts
from qa.errors import PromptError
from qa.paths import CHECKOUT
from tests.conftest import FakeGenerator


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert CHECKOUT
    return Path(shutil.copytree(CHECKOUT / "prompts", tmp_path / "prompts"))


def test_passages_are_numbered_and_braces_in_them_stay() -> None:
    *_, user = load_prompts().answer_messages("Who {is} it?", ["One\n{x}", "Two"])
    assert "[1] One {x}\n[2] Two" in user.content
    assert "Who {is} it?" in user.content


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{passages} {key_words}", "lacks the placeholder {question}"),
        ("{passages} {question} {key_words} {name}", "has an unknown placeholder {name}"),
        ("{passages", "a literal brace is written twice"),
    ],
)
def test_wrong_placeholders_are_said(folder: Path, text: str, said: str) -> None:
    (folder / "answer.txt").write_text(text)
    with pytest.raises(PromptError) as error:
        load_prompts(str(folder))
    assert said in str(error.value)
    assert "answer.txt" in str(error.value)


def test_examples_are_turns_before_the_question(folder: Path) -> None:
    assert [m.role for m in load_prompts().answer_messages("Who?", ["One"], "x")][-3:] == ["user", "assistant", "user"]
    (folder / "examples.toml").write_text("")
    assert len(load_prompts(str(folder)).answer_messages("Who?", ["One"], "x")) == 2
    for wrong in ("[[examples]]\nquestion = 5", "examples = ["):
        (folder / "examples.toml").write_text(wrong)
        with pytest.raises(PromptError, match=r"examples\.toml"):
            load_prompts(str(folder))


def test_a_missing_file_is_said(folder: Path) -> None:
    (folder / "system.txt").unlink()
    with pytest.raises(PromptError, match=r"system\.txt: cannot be read"):
        load_prompts(str(folder))


def test_what_does_not_fit_is_dropped_from_the_end() -> None:
    prompts = load_prompts()
    passages = ["word " * 50] * 4
    fixed = FakeGenerator().count_tokens(prompts.answer_messages("Who?", []))
    messages, kept = prompts.fit("Who?", passages, "", FakeGenerator(context_tokens=fixed + 120), answer_tokens=10)
    assert kept == 2
    assert "[2]" in messages[-1].content
    assert "[3]" not in messages[-1].content
    with pytest.raises(PromptError, match="do not fit"):
        prompts.fit("Who?", passages, "", FakeGenerator(context_tokens=fixed + 20), answer_tokens=10)
