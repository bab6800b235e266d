"""A collection asked on the command line: one question, a batch, a chat, and one question to every document."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.answering.assistant import Assistant
from qa.types import Answer
from tests import collecting
from tests.conftest import TEXT

pytestmark = pytest.mark.usefixtures("_fake_models")
Run = Callable[..., tuple[int, str, str]]
QUESTION = "Who founded the bakery?"
FOUNDED = "Maria Lopez founded the bakery [1]."


@pytest.fixture
def news(qa: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _fake_models: None) -> Path:
    """A collection of two articles, of which one has the answer; its folder is below the working folder."""
    monkeypatch.chdir(tmp_path)
    folder = collecting.write(tmp_path / "articles", a=TEXT, b="Nothing of interest happened in the village today.")
    qa("index", "-c", "news", "articles")
    return folder


def test_a_question_to_a_collection(qa: Run, news: Path) -> None:
    status, out, err = qa("ask", "-c", "news", QUESTION)
    assert (status, err) == (0, "")
    assert out.startswith(f"{FOUNDED}\n[1] “Maria Lopez founded it in Hilltown.”  articles/a.txt, characters 27-62")
    assert qa("ask", "-c", "news", QUESTION, "-s", news / "b.txt")[0] == 3


def test_what_cannot_be_asked_is_one_line(qa: Run, news: Path) -> None:
    status, out, err = qa("ask", "-c", "olds", QUESTION)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("qa: olds: no such collection; ")
    status, out, err = qa("ask", "-c", "news", "-s", "c.txt", QUESTION)
    assert (status, err) == (1, "qa: c.txt: not in the collection news; `qa list -c news` shows what is\n")
    assert qa("ask", "-c", "No name", QUESTION)[0] == 2


def test_a_changed_document_is_named(qa: Run, news: Path) -> None:
    (news / "a.txt").write_text("It was closed.", encoding="utf-8")
    status, out, err = qa("ask", "-c", "news", QUESTION)
    assert status == 0
    assert FOUNDED in out
    assert err == (
        "qa: articles/a.txt: its file is not the one that was indexed; "
        "`qa index -c news articles/a.txt` brings it up to date\n"
    )
    assert qa("ask", "-c", "news", QUESTION, "-q") == (0, f"{FOUNDED}\n", "")


def test_an_answer_as_markdown_has_its_place_also_without_the_file(qa: Run, news: Path) -> None:
    (news / "a.txt").unlink()
    status, out, _ = qa("ask", "-c", "news", QUESTION, "--format", "markdown")
    assert (status, "> — articles/a.txt, paragraph 1, line 1, characters 27-62\n" in out) == (0, True)


@pytest.mark.parametrize("arguments", [("ask", "-c", "news", QUESTION), ("chat", "-c", "news")])
def test_a_warning_does_not_break_up_an_answer(
    qa: Run, news: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    (news / "a.txt").write_text("It was closed.", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{QUESTION}\n"))
    monkeypatch.setattr("sys.stderr", sys.stdout)
    lines = qa(*arguments)[1].splitlines()
    start = lines.index(FOUNDED)
    assert lines[start + 1].startswith("[1] “Maria Lopez founded it in Hilltown.”")
    assert lines[start + 2].startswith("qa: articles/a.txt: its file is not the one that was indexed; ")


def test_a_warning_in_a_batch_names_its_line(qa: Run, news: Path, tmp_path: Path) -> None:
    (news / "a.txt").write_text("It was closed.", encoding="utf-8")
    batch = tmp_path / "batch.jsonl"
    batch.write_text(f'{{"question": "{QUESTION}", "id": "q7"}}\n{{"question": "{QUESTION}"}}\n', encoding="utf-8")
    said = [line.partition(" articles/a.txt")[0] for line in qa("ask", "-c", "news", "--batch", batch)[2].splitlines()]
    assert said == ["qa: q7:", "qa: line 2:"]


@pytest.mark.usefixtures("news")
def test_a_batch_over_a_collection(qa: Run, tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    lines = {"question": QUESTION, "id": 1}, {"question": QUESTION, "id": 2, "source": "articles/b.txt"}
    batch.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    status, out, _ = qa("ask", "-c", "news", "--batch", batch)
    answers = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [(a["id"], a["status"]) for a in answers] == [(1, "answered"), (2, "not_in_article")]


def test_a_chat_over_a_collection_is_gone_on_with_and_saved(
    qa: Run, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments, opening in ((["-c", "news"], "Ask a question"), (["--continue"], f"Continuing after: {QUESTION}")):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{QUESTION}\n"))
        status, out, err = qa("chat", *arguments)
        assert (status, err) == (0, "")
        assert out.startswith(f"news: 2 documents; /sources lists them\n{opening}")
        assert f"{FOUNDED}\n[1] “Maria Lopez founded it in Hilltown.”  articles/a.txt" in out
    name = qa("sessions", "list")[1].partition(":")[0]
    (news / "a.txt").unlink()
    assert qa("sessions", "export", name, "talk.md")[0] == 0
    assert "articles/a.txt, paragraph 1, line 1, characters 27-62" in Path("talk.md").read_text(encoding="utf-8")
    qa("remove", "-c", "news")
    assert qa("sessions", "export", name, "talk.md")[0] == 0
    assert "articles/a.txt, characters 27-62" in Path("talk.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("news")
def test_every_document_has_a_line(qa: Run) -> None:
    status, out, err = qa("ask", "-c", "news", "--each", QUESTION)
    answers = [json.loads(line) for line in out.splitlines()]
    assert (status, err) == (0, "")
    assert [(a["schema"], a["id"], a["status"]) for a in answers] == [
        ("qa.answer/1", "articles/a.txt", "answered"),
        ("qa.answer/1", "articles/b.txt", "not_in_article"),
    ]
    assert qa("ask", "-c", "news", "--each", QUESTION, "--format", "text")[1] == (
        f"articles/a.txt: {FOUNDED}\narticles/b.txt: The article does not say.\n"
    )


def test_a_table_by_confidence(qa: Run, news: Path) -> None:
    (news / "a.txt").rename(news / "c.txt")
    qa("index", "-c", "news", "articles", "--prune")
    status, out, _ = qa("ask", "-c", "news", "--each", QUESTION, "--by", "confidence", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert [(row["source"], row["status"]) for row in rows] == [
        ("articles/c.txt", "answered"),
        ("articles/b.txt", "not_in_article"),
    ]
    quote = rows[0]["quote"]
    assert TEXT[int(rows[0]["start"]) : int(rows[0]["end"])] == quote == "Maria Lopez founded it in Hilltown."


def test_a_stopped_run_is_continued(qa: Run, news: Path, tmp_path: Path) -> None:
    whole, stopped = tmp_path / "whole.jsonl", tmp_path / "stopped.jsonl"
    asked = ("ask", "-c", "news", "--each", QUESTION)
    assert qa(*asked, "--resume", whole) == (0, "", "")
    first, second = whole.read_bytes().splitlines(keepends=True)
    stopped.write_bytes(first + second[: len(second) // 2])
    # Of what is answered nothing is asked again: the document of the first line has no answer any more.
    (news / "a.txt").write_text("It was closed.", encoding="utf-8")
    qa("index", "-c", "news", "articles")
    assert qa(*asked, "--resume", stopped) == (0, "", "")
    again = stopped.read_bytes().splitlines(keepends=True)
    assert again[0] == first
    assert [json.loads(line)["id"] for line in again] == ["articles/a.txt", "articles/b.txt"]
    # When all is answered, another form of it is printed without asking.
    assert qa(*asked, "--resume", stopped, "--format", "text")[1].startswith(f"articles/a.txt: {FOUNDED}\n")


def test_a_run_goes_on_when_documents_are_gone_or_new(qa: Run, news: Path, tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    asked = ("ask", "-c", "news", "--each", QUESTION, "--resume", answers)
    qa(*asked)
    before = answers.read_bytes()
    (news / "b.txt").unlink()
    (news / "0.txt").write_text("Nothing happened.", encoding="utf-8")
    qa("index", "-c", "news", "articles", "--prune")
    assert qa(*asked) == (0, "", "")
    after = answers.read_bytes()
    # No answer is lost, and the new document has one.
    assert after.startswith(before)
    assert [json.loads(line)["id"] for line in after[len(before) :].splitlines()] == ["articles/0.txt"]
    # What is shown is what is asked, in order of source.
    assert (
        qa(*asked, "--format", "text")[1] == f"articles/0.txt: The article does not say.\narticles/a.txt: {FOUNDED}\n"
    )


@pytest.mark.usefixtures("news")
def test_a_file_of_other_answers_is_not_continued(qa: Run, tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    qa("ask", "-c", "news", "--each", QUESTION, "--resume", answers)
    kept = answers.read_bytes()
    status, _, err = qa("ask", "-c", "news", "--each", "Who closed it?", "--resume", answers)
    assert (status, err.count("\n"), answers.read_bytes()) == (2, 1, kept)


@pytest.mark.usefixtures("news")
def test_a_stop_says_how_far_it_came_and_how_it_goes_on(
    qa: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, answers, batch = Assistant.ask, tmp_path / "answers.jsonl", tmp_path / "batch.jsonl"
    batch.write_text("".join(f"{json.dumps({'question': QUESTION})}\n" for _ in range(3)), encoding="utf-8")

    def stopped_at_the_second(*arguments: object, **more: object) -> Answer:
        asked.append(arguments)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return ask(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Assistant, "ask", stopped_at_the_second)
    for what, total in ((["--each", QUESTION], 2), (["--batch", batch], 3)):
        asked: list[object] = []
        status, _, err = qa("ask", "-c", "news", *what, "--resume", answers)
        assert (status, err.strip()) == (130, f"qa: stopped: 1 of {total} are answered; go on with --resume {answers}")
        asked = []
        status, _, err = qa("ask", "-c", "news", *what)
        assert (status, err.startswith(f"qa: stopped: 1 of {total} are answered")) == (130, True)
        answers.unlink()


@pytest.mark.usefixtures("news")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--store", "postgresql://nobody@nowhere/none", "Who?"), "--store says where collections are kept; name one"),
        (("--each", "Who?"), "--each asks one QUESTION of every document of a collection; name it with -c"),
        (("-c", "news", "--each", "--batch", "-"), "--each asks one QUESTION of every document"),
        (("-c", "news", "--each", "Who?", "--format", "markdown"), "--each prints json, text or csv"),
        (("-c", "news", "Who?", "--format", "csv"), "--by and --format csv are for --each"),
        (("-c", "news", "Who?", "--by", "confidence"), "--by and --format csv are for --each"),
        (("-c", "news", "Who?", "--resume", "a.jsonl"), "--resume needs --batch FILE or --each"),
    ],
)
def test_what_does_not_fit_together_is_one_line(qa: Run, arguments: tuple[str, ...], said: str) -> None:
    status, out, err = qa("ask", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err
