from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qa.conversation.sessions import Sessions
from qa.errors import SessionError
from qa.records.lines import read_answers
from qa.types import Answer, Models

ANSWER = Answer("Who?", "Who?", "answered", "Maria.", (), 0.9, Models("e", "g"))


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path / "sessions")


def test_a_conversation_is_kept_and_gone_on_with(sessions: Sessions, tmp_path: Path) -> None:
    assert sessions.all() == []
    begun = sessions.begin(["a.txt"])
    assert not sessions.folder.exists()
    begun.add(ANSWER)
    (kept,) = sessions.all()
    assert (kept.sources, kept.answers) == ((str(Path("a.txt").resolve()),), (ANSWER,))
    assert kept.path.stat().st_mode & 0o077 == 0
    assert sessions.folder.stat().st_mode & 0o077 == 0
    sessions.again(kept).add(replace(ANSWER, question="When?"))
    assert [a.question for a in sessions.find(kept.name).answers] == ["Who?", "When?"]
    assert len(read_answers(kept.path)) == 2


def test_articles_that_were_added_later_are_gone_on_with(sessions: Sessions) -> None:
    begun = sessions.begin(["a.txt"])
    begun.add(ANSWER, ["a.txt"])
    begun.add(ANSWER, ["a.txt", "b.txt"])
    begun.add(ANSWER, ["a.txt", "b.txt"])
    (kept,) = sessions.all()
    assert [Path(s).name for s in kept.sources] == ["a.txt", "b.txt"]
    assert len(kept.answers) == len(read_answers(kept.path)) == 3
    assert len(kept.path.read_bytes().splitlines()) == 5


def test_a_conversation_over_a_collection_is_gone_on_with_over_it(sessions: Sessions) -> None:
    sessions.begin([], "news").add(ANSWER)
    (kept,) = sessions.all()
    assert (kept.sources, kept.collection) == ((), "news")
    kept.path.write_bytes(kept.path.read_bytes().replace(b',"collection":"news"', b""))
    assert sessions.find(kept.name).collection == ""


def test_what_is_asked_can_become_another_collection(sessions: Sessions) -> None:
    begun = sessions.begin(["a.txt"])
    begun.add(ANSWER, ["a.txt"])
    begun.add(ANSWER, [], "news")
    (kept,) = sessions.all()
    assert (kept.sources, kept.collection) == ((), "news")


def test_a_conversation_whose_first_write_failed_is_begun_again(sessions: Sessions) -> None:
    begun = sessions.begin(["a.txt"])
    begun.add(ANSWER)
    (kept,) = sessions.all()
    kept.path.write_bytes(b'{"sources":["')
    assert sessions.all() == []
    begun.add(ANSWER)
    assert sessions.all() == [kept]


def test_a_line_that_was_cut_off_costs_only_itself(sessions: Sessions) -> None:
    sessions.begin(["a.txt"]).add(ANSWER)
    (kept,) = sessions.all()
    with kept.path.open("ab") as file:
        file.write(b'{"question": "Wh')
    assert sessions.find(kept.name).answers == (ANSWER,)
    sessions.again(kept).add(ANSWER)
    assert len(sessions.find(kept.name).answers) == 2


def test_what_cannot_be_read_is_said_and_passed_over_in_the_list(sessions: Sessions, tmp_path: Path) -> None:
    sessions.folder.mkdir()
    for name, content in (("empty", b""), ("foreign", b"[]\n"), ("bytes", b"\xff\xfe\n")):
        (sessions.folder / f"{name}.jsonl").write_bytes(content)
        with pytest.raises(SessionError, match="not a readable conversation"):
            sessions.find(name)
    assert sessions.all() == []
    with pytest.raises(SessionError, match="no such conversation"):
        sessions.delete("../../etc/passwd")
    with pytest.raises(SessionError, match="cannot be saved"):
        Sessions(sessions.folder / "empty.jsonl").begin([]).add(ANSWER)
