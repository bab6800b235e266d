"""The app: help, errors and exit statuses."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.answering.assistant import Assistant

pytestmark = pytest.mark.usefixtures("_fake_models")
Run = Callable[..., tuple[int, str, str]]


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


def test_a_chat_reads_a_pipe(qa: Run, article: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Who founded the bakery?\n/exit\n"))
    status, out, _ = qa("chat", article)
    assert status == 0
    assert "Maria Lopez founded the bakery [1]." in out


def test_the_version_is_printed(qa: Run) -> None:
    assert qa("--version")[1].startswith("qa 0.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered(shell: str) -> None:
    environment = {**os.environ, "_QA_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "qa ask --for"}
    environment |= {"COMP_WORDS": "qa ask --for", "COMP_CWORD": "2", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run(
        [Path(sys.executable).with_name("qa")], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "--format" in done.stdout
