from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import UsageError
from qa.records.lines import BadLine, GoldQuestion, Question, read_answers, read_lines, source_beside


def test_all_but_the_question_is_optional() -> None:
    lines = [b'{"question": "Who?"}\n', b"\n", b'{"question": "Why?", "id": 7, "history": [["a", "b"]], "more": 1}']
    found = [line for _, line in read_lines(lines, Question)]
    assert found == [Question(question="Who?"), Question(question="Why?", id=7, history=[("a", "b")])]


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b'{"id": "x"}',
        b'{"question": ""}',
        b'{"question": 5}',
        b'\xff{"question": "Who?"}',
        b'{"question": "Who?", "history": [["a"]]}',
    ],
)
def test_a_bad_line_is_told_by_its_number(raw: bytes) -> None:
    ((number, line),) = read_lines([raw], Question)
    assert number == 1
    assert isinstance(line, BadLine)
    assert line.line == 1
    assert line.error


def test_a_bad_line_keeps_its_id() -> None:
    ((_, line),) = read_lines([b'{"id": "q1", "question": 5}'], Question)
    assert isinstance(line, BadLine)
    assert line.id == "q1"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"question": "Who?", "answerable": true}',
        b'{"question": "Who?", "answerable": true, "answers": ["x"]}',
        b'{"question": "Who?"}',
    ],
)
def test_a_gold_line_needs_its_answer_and_evidence(raw: bytes) -> None:
    ((_, line),) = read_lines([raw], GoldQuestion)
    assert isinstance(line, BadLine)


def test_a_source_is_beside_its_file_or_in_the_working_folder() -> None:
    assert source_beside("a.txt", Path("x")) == "x/a.txt"
    assert source_beside("a.txt", None) == "a.txt"
    assert source_beside("/a.txt", Path("x")) == "/a.txt"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"5", b'{"schema": "other"}', b'{"schema": "qa.answer/1"}', b'{"schema": "qa.error/1"}']
)
def test_what_is_not_an_answer_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"a\.jsonl"):
        read_answers(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_answers(tmp_path / "none")
