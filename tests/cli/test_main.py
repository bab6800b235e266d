"""The command line, with the models replaced by fakes where it answers."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from qa.answering.assistant import Assistant
from qa.answering.prompts import load_prompts
from qa.models.select import Parts
from qa.settings import Settings
from qa.system.cache import ModelCache
from tests.conftest import TEXT, FakeEmbedder, FakeGenerator, FakeReader

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _fake_models(monkeypatch: pytest.MonkeyPatch) -> None:
    def parts(_: Settings) -> Parts:
        texts = ["Maria Lopez founded the bakery [1]."] * 9
        return Parts(FakeEmbedder(), FakeGenerator(*texts), load_prompts(), FakeReader("Maria Lopez"))

    monkeypatch.setattr("qa.cli.opening.load_parts", parts)
    monkeypatch.setattr("qa.models.select.load_embedder", lambda _: FakeEmbedder())


@pytest.fixture
def silent(tmp_path: Path) -> Path:
    path = tmp_path / "silent.txt"
    path.write_text("Nothing of interest happened in the village today.", encoding="utf-8")
    return path


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys; sys.argv = ['qa', '--help']\n"
        "from qa.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as e: assert e.code == 0\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers', 'faiss', 'llama_cpp', 'onnxruntime', 'numpy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Exit status" not in done.stdout
    assert "chat" in done.stdout


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
    status, out, _ = qa("ask", "--batch", batch, "-s", article)
    made = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [m["id"] for m in made] == ["a", "b", "c", "d", "e", None]
    assert [m["schema"] for m in made] == [
        f"qa.{k}/1" for k in ("answer", "error", "error", "answer", "answer", "error")
    ]
    assert [m.get("line") for m in made] == [None, 2, 3, None, None, 7]
    assert "none.txt" in made[2]["error"]
    assert made[3]["status"] == "not_in_article"

    saved = tmp_path / "answers.jsonl"
    saved.write_text(out, encoding="utf-8")
    assert qa("verify", saved) == (0, "2 quotes stand in their sources\n", "")
    article.write_text(TEXT.replace("Maria", "Mario"), encoding="utf-8")
    status, _, err = qa("verify", saved)
    assert status == 1
    assert err.count("the article has changed since") == 2
    article.unlink()
    assert "no such file" in qa("verify", saved)[2]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["ask"], 2, "give one QUESTION"),
        (["ask", "Who?", "--batch", "x"], 2, "give one QUESTION"),
        (["ask", " "], 2, "the question is empty"),
        (["ask", "Who?", "-s", "none.txt"], 1, "none.txt: no such file or folder"),
        (["ask", "--batch", "none.jsonl"], 2, "none.jsonl: cannot be read"),
        (["ask", "Who?", "--min-confidence", "2"], 2, "min-confidence"),
        (["ask", "Who?", "--colour"], 2, "No such option"),
        (["index", "none.txt"], 1, "no such file or folder"),
        (["remove", "none.txt"], 1, "has no index here"),
        (["text", "none.txt"], 1, "no such file"),
        (["verify", "none.jsonl"], 2, "none.jsonl: cannot be read"),
        (["eval", "none.jsonl"], 2, "none.jsonl: cannot be read"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_a_mistake_is_one_line_and_a_status(qa: Run, arguments: list[str], status: int, said: str) -> None:
    code, out, err = qa(*arguments)
    assert (code, out) == (status, "")
    assert said in err
    assert err.count("\n") == 1


def test_an_interrupt_has_its_status(qa: Run, article: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Assistant, "stream", interrupted)
    assert qa("ask", "Who?", "-s", article)[0] == 130


def test_a_reader_that_leaves_is_no_error_message(article: Path) -> None:
    code = f"{sys.executable} -m qa text {article} | true"
    done = subprocess.run(code, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_an_output_that_is_full_is_one_line(article: Path) -> None:
    for arguments in (["--help"], ["text", str(article)], ["schema"]):
        with Path("/dev/full").open("w") as full:
            command = [sys.executable, "-m", "qa", *arguments]
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert (done.returncode, done.stderr) == (1, "qa: the output cannot be written: No space left on device\n")


def test_articles_are_indexed_listed_and_removed(qa: Run, article: Path, tmp_path: Path) -> None:
    assert "no index in" in qa("list")[2]
    assert qa("index", article)[1].endswith(" characters\n")
    assert "up to date" in qa("index", article)[1]
    assert "indexed" in qa("index", article, "--again")[1]
    assert str(article) in qa("list")[1]
    assert json.loads(qa("list", "--json")[1])[0]["source"] == str(article)
    (tmp_path / "empty.txt").touch()
    status, _, err = qa("index", article, tmp_path / "empty.txt")
    assert status == 1
    assert "empty.txt: is empty" in err
    assert "removed" in qa("remove", article)[1]
    assert "no index in" in qa("list")[2]


def test_text_is_what_offsets_count_in(qa: Run, article: Path) -> None:
    assert qa("text", article)[1] == TEXT


def test_the_only_index_is_the_default_outside_a_checkout(
    qa: Run, article: Path, silent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.index.catalog.CHECKOUT", None)
    assert "no article is named" in qa("ask", "Who?")[2]
    qa("index", article)
    assert qa("ask", "Who founded the bakery?", "-q")[1] == "Maria Lopez founded the bakery [1].\n"
    qa("index", silent)
    status, _, err = qa("ask", "Who?")
    assert status == 2
    assert "name one with -s" in err


def test_a_chat_reads_a_pipe(qa: Run, article: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Who founded the bakery?\n/exit\n"))
    status, out, _ = qa("chat", article)
    assert status == 0
    assert "Maria Lopez founded the bakery [1]." in out


def test_gold_questions_give_figures(qa: Run, article: Path, silent: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    lines = [
        {
            "id": 1,
            "question": "Who founded the bakery?",
            "answers": ["Maria Lopez"],
            "answerable": True,
            "evidence": ["Maria Lopez"],
        },
        {"id": 2, "question": "How old is it?", "answerable": False, "kind": "unanswerable"},
    ]
    gold.write_text("".join(json.dumps(line) + "\n" for line in lines))
    saved = tmp_path / "judged.jsonl"
    status, out, _ = qa("eval", gold, "-s", article, "--json", "--wrong", "--save", saved)
    report = json.loads(out)
    assert status == 0
    assert report["all"]["right"] == 50.0
    assert report["by_kind"]["question"]["citation_recall"] == 100.0
    assert [w["id"] for w in report["wrong"]] == [2]
    assert len(saved.read_text().splitlines()) == 2
    assert "expected: not in the article" in qa("eval", gold, "-s", article, "--wrong")[1]
    assert "needs one source" in qa("eval", gold, "-s", article, "-s", silent)[2]


def test_two_runs_are_compared_question_by_question(qa: Run, article: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        '{"id": 1, "question": "Who founded the bakery?", "answers": ["Maria"], "answerable": true,'
        ' "evidence": ["Maria"]}'
    )
    runs = [tmp_path / "sure.jsonl", tmp_path / "unsure.jsonl"]
    curve = tmp_path / "curve.png"
    assert qa("eval", gold, "-s", article, "--save", runs[0], "--curve", curve)[0] == 0
    assert curve.read_bytes().startswith(b"\x89PNG")
    assert qa("eval", gold, "-s", article, "--save", runs[1], "--min-confidence", "1")[0] == 0
    status, out, _ = qa("compare", *runs)
    assert status == 0
    assert "right before, wrong now: 1\n" in out
    assert "wrong before, right now: 0\n" in out
    assert "not of a run" in qa("compare", gold, runs[0])[2]
    assert "cannot be written" in qa("eval", gold, "-s", article, "--curve", tmp_path / "none" / "c.png")[2]


def test_the_settings_are_shown_with_where_they_come_from(qa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_THREADS", "3")
    assert "threads = 3  # environment, QA_THREADS" in qa("config")[1]
    assert json.loads(qa("config", "--json")[1])["threads"] == {"value": 3, "from": "environment, QA_THREADS"}


def test_the_version_is_printed(qa: Run) -> None:
    assert qa("--version")[1].startswith("qa 0.")


def test_what_was_made_to_start_faster_is_listed_and_deleted(
    qa: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    folder = tmp_path / "home" / ".cache" / "models"
    ModelCache(folder).keep_blob("a", b"state")
    status, out, _ = qa("cache")
    assert (status, out.count(".state: ")) == (0, 1)
    assert qa("cache", "--clear")[0] == 0
    assert not folder.exists()
    assert qa("cache")[1] == ""


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


def test_nothing_piped_in_is_said(qa: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    status, _, err = qa("ask", "Who?", "-s", "-")
    assert (status, err) == (1, "qa: standard input: is empty\n")


def test_an_answer_as_markdown(qa: Run, article: Path) -> None:
    status, out, _ = qa("ask", "Who founded the bakery?", "-s", article, "--format", "markdown")
    assert status == 0
    assert out.startswith("## Who founded the bakery?\n\nMaria Lopez founded the bakery \\[1\\].")
    assert "> \\[1\\] “Maria Lopez founded it in Hilltown.”" in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered(shell: str) -> None:
    environment = {**os.environ, "_QA_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "qa ask --for"}
    environment |= {"COMP_WORDS": "qa ask --for", "COMP_CWORD": "2", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run(
        [Path(sys.executable).with_name("qa")], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "--format" in done.stdout


def test_all_output_keeps_to_the_published_schema(qa: Run, article: Path, silent: Path, tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    lines = [
        {"id": 1, "question": "Who founded the bakery?", "source": article.name},
        {"question": "Who founded the bakery?", "source": silent.name, "history": [["Who?", "Maria [1]."]]},
        {"id": "c", "question": ""},
    ]
    batch.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    made = [json.loads(line) for line in qa("ask", "--batch", batch)[1].splitlines()]
    made.append(json.loads(qa("ask", "Who founded the bakery?", "-s", article, "--format", "json")[1]))
    schemas = {name: json.loads(qa("schema", name)[1]) for name in ("answer", "error", "question")}
    kinds = {"qa.answer/1": "answer", "qa.error/1": "error"}
    assert [kinds[m["schema"]] for m in made] == ["answer", "answer", "error", "answer"]
    for one in made:
        jsonschema.validate(one, schemas[kinds[one["schema"]]], cls=jsonschema.Draft202012Validator)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**one, "schema": "other"}, schemas[kinds[one["schema"]]])
    for line in lines:
        jsonschema.validate(line, schemas["question"])
    assert qa("schema", "nothing")[::2] == (2, "qa: nothing: there is a schema of answer, error, question\n")


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
    assert qa("ask", "Who?", "-s", article, "--resume", kept)[0] == 2


def test_a_quote_of_what_was_piped_in_cannot_be_verified(qa: Run, tmp_path: Path) -> None:
    citation = {"number": 1, "source": "-", "document_sha256": "0" * 64, "start": 0, "end": 1, "quote": "x"}
    citation |= {"passage_start": 0, "passage_end": 1}
    models = {"embedder": "e", "generator": "g"}
    answer = {"question": "q", "standalone_question": "q", "status": "answered", "answer": "x [1].", "confidence": 0.9}
    kept = tmp_path / "answers.jsonl"
    line = {**answer, "citations": [citation], "models": models, "schema": "qa.answer/1"}
    kept.write_text(json.dumps(line) + "\n", encoding="utf-8")
    status, _, err = qa("verify", kept)
    assert status == 1
    assert "[1] -: was piped in, and nothing of it is kept" in err


def test_a_batch_line_can_name_a_web_address(qa: Run, tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"question": "Who?", "source": "https://example.org/a"}\n', encoding="utf-8")
    made = json.loads(qa("ask", "--batch", batch)[1])
    assert made["error"] == "https://example.org/a: is not kept here; --allow-network fetches it"
