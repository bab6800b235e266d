"""Single questions and batches."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import TEXT

pytestmark = pytest.mark.usefixtures("_fake_models")
Run = Callable[..., tuple[int, str, str]]


def test_an_answer_and_its_citations_are_printed(qa: Run, article: Path) -> None:
    for flags in ([], ["--no-stream"]):
        status, out, err = qa("ask", "Who founded the bakery?", "-s", article, *flags)
        assert (status, err) == (0, "")
        assert out.startswith("Maria Lopez founded the bakery [1].\n[1] “Maria Lopez founded it in Hilltown.”")


def test_quiet_prints_the_answer_alone(qa: Run, article: Path) -> None:
    assert qa("ask", "Who founded the bakery?", "-s", article, "-q")[1] == "Maria Lopez founded the bakery [1].\n"


def test_json_is_the_contract(qa: Run, article: Path) -> None:
    status, out, _ = qa("ask", "Who founded the bakery?", "-s", article, "--json")
    answer = json.loads(out)
    assert status == 0
    assert out.count("\n") == 1
    assert answer["schema"] == "qa.answer/1"
    assert answer["id"] is None
    assert {
        "question",
        "standalone_question",
        "status",
        "answer",
        "citations",
        "confidence",
        "timings",
        "models",
    } < set(answer)
    assert set(answer["timings"]) == {
        "load_s", "retrieve_s", "first_token_s", "total_s", "prompt_tokens", "reused_tokens", "completion_tokens",
    }  # fmt: skip
    (citation,) = answer["citations"]
    assert set(citation) == {
        "number", "source", "document_sha256", "start", "end", "quote", "passage_start", "passage_end",
            "page", "title", "author", "date", "address",
    }  # fmt: skip
    assert TEXT[citation["start"] : citation["end"]] == citation["quote"]


def test_not_in_the_article_has_a_status_of_its_own(qa: Run, silent: Path) -> None:
    status, out, _ = qa("ask", "Who founded the bakery?", "-s", silent)
    assert (status, out) == (3, "The article does not say.\n")


def test_the_question_comes_from_standard_input(qa: Run, article: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Who founded the bakery?\n"))
    status, out, _ = qa("ask", "-", "-s", article, "--json")
    assert status == 0
    assert json.loads(out)["question"] == "Who founded the bakery?"


def test_a_batch_gives_a_line_for_each_line_in_order(qa: Run, article: Path, silent: Path, tmp_path: Path) -> None:
    lines = [
        {"id": "a", "question": "Who founded the bakery?", "source": article.name},
        {"id": "b", "question": ""},
        {"id": "c", "question": "Who?", "source": "none.txt"},
        {"id": "d", "question": "Who founded the bakery?", "source": silent.name},
        {"id": "e", "question": "Who?"},
    ]
    batch = tmp_path / "batch.jsonl"
    batch.write_text("".join(json.dumps(line) + "\n" for line in lines) + "\n{\n", encoding="utf-8")
    status, out, err = qa("ask", "--batch", batch, "-s", article)
    made = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert err == f"qa: {batch}: 3 of 6 lines could not be answered; each says why in its `error`\n"
    assert [m["id"] for m in made] == ["a", "b", "c", "d", "e", None]
    assert [m["schema"] for m in made] == [
        f"qa.{k}/1" for k in ("answer", "error", "error", "answer", "answer", "error")
    ]
    assert [m.get("line") for m in made] == [None, 2, 3, None, None, 7]
    assert "none.txt" in made[2]["error"]
    assert made[3]["status"] == "not_in_article"

    saved = tmp_path / "answers.jsonl"
    saved.write_text(out, encoding="utf-8")
    assert qa("verify", saved) == (0, "2 quotes match their sources\n", "")
    article.write_text(TEXT.replace("Maria", "Mario"), encoding="utf-8")
    status, _, err = qa("verify", saved)
    assert status == 1
    assert err.count("the article has changed since") == 2
    assert "it stands at" not in err
    article.write_text(f"Today. {TEXT}", encoding="utf-8")
    moved = json.loads(out.splitlines()[0])["citations"][0]
    status, _, err = qa("verify", saved)
    assert status == 1
    assert f"it stands at {moved['start'] + 7}-{moved['end'] + 7} now" in err
    article.unlink()
    assert "no such file" in qa("verify", saved)[2]


@pytest.mark.parametrize(
    "piped", [TEXT.encode(), f"<!doctype html><html><body><article><p>{TEXT}</p></article></body></html>".encode()]
)
def test_a_text_that_is_piped_in_is_the_article(
    qa: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, piped: bytes
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(piped)))
    status, out, _ = qa("ask", "Who founded the bakery?", "-s", "-", "--json", "--index-dir", tmp_path / "none")
    answer = json.loads(out)
    assert (status, answer["status"]) == (0, "answered")
    assert [c["source"] for c in answer["citations"]] == ["-"]
    assert not (tmp_path / "none").exists()


def test_standard_input_is_one_thing_only(qa: Run) -> None:
    for arguments in (("-", "-s", "-"), ("--batch", "-", "-s", "-")):
        status, _, err = qa("ask", *arguments)
        assert status == 2
        assert "standard input can be" in err


def test_a_question_without_quotes_is_told_what_it_lacks(qa: Run) -> None:
    status, _, err = qa("ask", "Who", "founded", "it")
    assert status == 2
    assert err.endswith("put what has spaces, as a question, in quotes\n")


def test_nothing_piped_in_is_said(qa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    status, _, err = qa("ask", "Who?", "-s", "-")
    assert (status, err) == (1, "qa: standard input: is empty\n")


def test_what_is_piped_in_is_text(qa: Run, article: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Wo ist M\xfcller?"), encoding="utf-8"))
    status, _, err = qa("ask", "-", "-s", article)
    assert (status, err) == (2, "qa: standard input: the question is not text in UTF-8\n")


def test_a_batch_is_printed_as_json_alone(qa: Run, tmp_path: Path) -> None:
    status, _, err = qa("ask", "--batch", tmp_path / "q.jsonl", "--format", "markdown")
    assert (status, err) == (2, "qa: --batch prints JSON\n")


def test_an_answer_as_markdown(qa: Run, article: Path) -> None:
    status, out, _ = qa("ask", "Who founded the bakery?", "-s", article, "--format", "markdown")
    assert status == 0
    assert out.startswith("## Who founded the bakery?\n\nMaria Lopez founded the bakery \\[1\\].")
    assert "> \\[1\\] “Maria Lopez founded it in Hilltown.”" in out


def test_a_batch_that_was_stopped_is_resumed(qa: Run, article: Path, silent: Path, tmp_path: Path) -> None:
    lines = [{"id": n, "question": "Who founded the bakery?", "source": article.name} for n in range(4)]
    batch, kept = tmp_path / "batch.jsonl", tmp_path / "answers.jsonl"
    batch.write_text(
        "".join(json.dumps(line) + "\n" for line in [*lines[:3], {"id": "bad"}, lines[3]]), encoding="utf-8"
    )
    assert qa("ask", "--batch", batch, "--resume", kept)[:2] == (0, "")
    whole = kept.read_bytes()
    assert [json.loads(line)["id"] for line in whole.splitlines()] == [0, 1, 2, "bad", 3]
    for cut in (0, 10, whole.index(b"\n") + 1, len(whole) // 2, len(whole) - 1, len(whole)):
        kept.write_bytes(whole[:cut])
        assert qa("ask", "--batch", batch, "--resume", kept)[0] == 0
        made = [json.loads(line) for line in kept.read_bytes().splitlines()]
        assert [m["id"] for m in made] == [0, 1, 2, "bad", 3]
        assert kept.read_bytes()[:cut].startswith(whole[:cut][: whole[:cut].rfind(b"\n") + 1])
    assert kept.stat().st_mode & 0o777 == 0o600


def test_what_is_no_earlier_run_is_not_resumed(qa: Run, article: Path, tmp_path: Path) -> None:
    batch, kept = tmp_path / "batch.jsonl", tmp_path / "answers.jsonl"
    batch.write_text(json.dumps({"id": "a", "question": "Who?", "source": article.name}) + "\n", encoding="utf-8")
    for content in ("my notes\n", '{"schema": "qa.answer/1", "id": "b", "question": "Who?"}\n', "[]\n"):
        kept.write_text(content, encoding="utf-8")
        status, _, err = qa("ask", "--batch", batch, "--resume", kept)
        assert status == 2
        assert "line 1 is not the answer to line 1 of the batch" in err
        assert kept.read_text(encoding="utf-8") == content
    for foreign in (b"my notes", b'{"id": "a", "question": "Who?"}\n', b'{"question": "M\xfcller"}\n'):
        kept.write_bytes(foreign)
        assert qa("ask", "--batch", batch, "--resume", kept)[0] == 2
        assert kept.read_bytes() == foreign
    before = batch.read_bytes()
    assert qa("ask", "--batch", batch, "--resume", batch)[0] == 2
    assert batch.read_bytes() == before
    assert qa("ask", "Who?", "-s", article, "--resume", kept)[0] == 2


def test_a_batch_can_come_through_a_pipe(qa: Run, article: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    line = json.dumps({"question": "Who?", "source": str(article)}).encode() + b"\n"
    writer = threading.Thread(target=lambda: pipe.write_bytes(line))
    writer.start()
    status, out, _ = qa("ask", "--batch", pipe)
    writer.join()
    assert (status, len(out.splitlines())) == (0, 1)
    assert "a pipe is read once" in qa("ask", "--batch", pipe, "--resume", tmp_path / "answers.jsonl")[2]


def test_a_batch_line_can_name_a_web_address(qa: Run, tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"question": "Who?", "source": "https://example.org/a"}\n', encoding="utf-8")
    made = json.loads(qa("ask", "--batch", batch)[1])
    assert made["error"] == "https://example.org/a: not downloaded yet; --allow-network permits the download"


def test_what_is_no_batch_is_one_line(qa: Run, article: Path, tmp_path: Path) -> None:
    letter, kept = tmp_path / "letter.txt", tmp_path / "answers.jsonl"
    letter.write_text("Dear all,\n\nthe bakery is closed.\n", encoding="utf-8")
    for resume in ([], ["--resume", kept]):
        status, out, err = qa("ask", "--batch", letter, "-s", article, *resume)
        assert (status, out) == (2, "")
        assert err == f'qa: {letter}: no line is JSON; a line of a batch is like {{"question": "Who?", "id": 1}}\n'
    letter.write_text("", encoding="utf-8")
    assert qa("ask", "--batch", letter, "-s", article) == (0, "", f"qa: {letter}: there is no question in it\n")
    letter.write_text('Dear all,\n{"question": "Who founded the bakery?"}\n', encoding="utf-8")
    status, out, _ = qa("ask", "--batch", letter, "-s", article)
    assert (status, [json.loads(line)["schema"] for line in out.splitlines()]) == (0, ["qa.error/1", "qa.answer/1"])


def test_ray_is_for_batches_and_collections(qa: Run, article: Path, tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"question": "Who?"}\n', encoding="utf-8")
    for arguments in (["Who?", "-s", article], ["--batch", batch, "-s", "-"]):
        assert qa("ask", *arguments, "--ray", "local")[0::2] == (
            2, "qa: --ray is for --batch; and an article from standard input is on no other machine\n"
        )  # fmt: skip
    assert qa("index", article, "--ray", "local")[0::2] == (2, "qa: --ray is for a collection; name it with -c\n")
