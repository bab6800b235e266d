from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from qa.conversation.sessions import Sessions
from qa.server.conversations import NEW, Conversations, Saved, keeping
from qa.server.refusals import RefusedError
from qa.settings import Settings
from qa.types import Answer, Citation, Document, Models

ANSWER = Answer("Who?", "Who?", "answered", "Maria [1].", (), 0.9, Models("e", "g"))


@pytest.fixture
def kept(settings: Settings) -> Conversations:
    return Conversations(settings)


def begin(kept: Conversations, question: str = "Who?") -> str:
    _, recorder = kept.begin(NEW, ["a.txt"])
    assert recorder
    steps = list(keeping(iter(["Maria", replace(ANSWER, question=question)]), recorder))
    assert steps == ["Maria", Saved(recorder.name), replace(ANSWER, question=question)]
    return recorder.name


def test_conversations_of_one_second_are_not_mixed(kept: Conversations) -> None:
    names = [begin(kept, f"Question {n}?") for n in range(20)]
    assert len({*names}) == 20
    for n, name in enumerate(names):
        assert [a.question for a in kept.read(name).answers] == [f"Question {n}?"]


def test_the_list_has_the_newest_first_and_notices_changes(kept: Conversations, settings: Settings) -> None:
    first, second = begin(kept, "First?\x1b[2J\nx"), begin(kept, "Second?")
    os.utime(settings.sessions_dir / f"{first}.jsonl", (1e9, 1e9))
    assert [one.id for one in kept.listed()] == [second, first]
    assert kept.listed()[1].title == "First?\N{REPLACEMENT CHARACTER}[2J x"
    assert kept.listed()[1].updated == "2001-09-09T01:46:40.000+00:00"
    os.utime(settings.sessions_dir / f"{second}.jsonl", (1.1e9, 1.1e9))
    history, recorder = kept.begin(first, ["b.txt"])
    assert history == [("First?\x1b[2J\nx", "Maria [1].")]
    assert recorder
    recorder.add(ANSWER)
    assert [(one.id, one.turns) for one in kept.listed()] == [(first, 2), (second, 1)]
    kept.delete(first)
    assert [one.id for one in kept.listed()] == [second]


def test_of_a_long_conversation_the_last_turns_are_the_history(kept: Conversations) -> None:
    _, recorder = kept.begin(NEW, [])
    assert recorder
    for n in range(50):
        recorder.add(replace(ANSWER, question=f"Question {n}?"))
    history, _ = kept.begin(recorder.name, [])
    assert history == [(f"Question {n}?", "Maria [1].") for n in range(30, 50)]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "/etc/passwd", "x.jsonl", "x\0", "x/y", "history", "x" * 300, "\N{SNOWMAN}"]
)
def test_a_path_is_no_conversation(kept: Conversations, settings: Settings, name: str) -> None:
    begin(kept)
    (settings.sessions_dir / "history").write_text("typed", encoding="utf-8")
    (settings.sessions_dir.parent / "x.jsonl").write_text('{"sources": []}\n', encoding="utf-8")
    for use in (kept.read, kept.delete, lambda n: kept.begin(n, []), lambda n: kept.export(n, "md", lambda _: None)):
        with pytest.raises(RefusedError, match="no such conversation") as refused:
            use(name)
        assert refused.value.status == 404
    assert (settings.sessions_dir.parent / "x.jsonl").exists()


def test_a_file_that_is_no_conversation_is_passed_over(kept: Conversations, settings: Settings) -> None:
    name = begin(kept)
    (settings.sessions_dir / "broken.jsonl").write_bytes(b"\xff")
    (settings.sessions_dir / "a b.jsonl").write_bytes((settings.sessions_dir / f"{name}.jsonl").read_bytes())
    assert [one.id for one in kept.listed()] == [name]


def test_an_answer_that_cannot_be_saved_is_given_all_the_same(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    recorder = Sessions(tmp_path / "file").begin([])
    assert list(keeping(iter([ANSWER]), recorder)) == [ANSWER]
    assert "cannot be saved" in caplog.text


def test_an_export_uses_the_text_that_is_at_hand(kept: Conversations) -> None:
    document = Document.from_text("gone.txt", "It is Maria.")
    citation = Citation(1, "gone.txt", document.sha256, 6, 11, "Maria", 0, 12)
    _, recorder = kept.begin(NEW, [])
    assert recorder
    recorder.add(replace(ANSWER, citations=(citation,)))
    exported = kept.export(recorder.name, "md", {"gone.txt": document}.get)
    assert "paragraph 1, line 1, characters 6-11" in exported
    assert "paragraph" not in kept.export(recorder.name, "md", lambda _: None)
