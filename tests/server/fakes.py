"""Runs `qa` over fakes in a process of its own: python -m tests.server.fakes [loud] -- ARGUMENTS."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2

import qa.cli.opening
import qa.server.run
from qa.answering.parts import Parts
from qa.answering.prompts import load_prompts
from qa.cli.main import main
from qa.paths import CHECKOUT
from qa.settings import Settings
from qa.types import Message, Reading, Usage
from tests.conftest import FakeEmbedder, FakeGenerator, FakeReader, Scripted

TOKEN = "a token of tests, long enough"
SLOW = "How slow"  # a question that begins so is read for a minute
BRIEFLY = "How briefly"  # a question that begins so is read for a moment
DRAWLING = "Who drawls"  # the second sentence of its answer takes a minute
FAKES = ("-m", "tests.server.fakes", "--")
SAID = "Maria Lopez founded it [1]."


class Reader(FakeReader):
    """Finds the baker; can write where it should not, as a native library may, and can take its time."""

    def read(self, question: str, texts: Sequence[str]) -> list[tuple[Reading, ...]]:
        if "loud" in manner:
            print("a library says", flush=True)
            os.write(1, b'{"jsonrpc": "2.0", "id": 1, "result": {}}\n')
            subprocess.run(["echo", "a child says"], check=True)
        if question.startswith(SLOW):
            print("reading", file=sys.stderr, flush=True)
            time.sleep(60)
        if question.startswith(BRIEFLY):
            time.sleep(0.3)
        return super().read(question, texts)


class Drawl:
    """A generation with a pause before its second sentence."""

    usage = Usage(prompt=10, completion=5)

    def __iter__(self) -> Iterator[str]:
        time.sleep(0.5)
        yield f"{SAID} Maria"
        time.sleep(60)


class Generator(FakeGenerator):
    """Always says the same."""

    def generate(  # type: ignore[override]
        self, messages: Sequence[Message], *, max_tokens: int, pattern: str | None = None
    ) -> Scripted | Drawl:
        return Drawl() if DRAWLING in messages[-1].content else Scripted(SAID)


def parts(_: Settings) -> Parts:
    """Make an assistant's parts without any model."""
    return Parts(FakeEmbedder(), Generator(), load_prompts(), Reader("Maria Lopez"))


@contextmanager
def started(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Start Python, whose streams are pipes; it is killed if it has not ended."""
    running = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
        env={**os.environ, **environment},
    )
    with running:
        try:
            yield running
        finally:
            running.kill()


@contextmanager
def serving(article: Path, *program: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `qa serve` over fakes, or over what ``program`` runs; give it when it is ready, and its address."""
    program = program or FAKES
    with serving_with(*program, "serve", "--port", "0", str(article), **environment) as served:
        yield served


@contextmanager
def serving_with(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a command that serves; give it when it is ready, and its address."""
    with started(*arguments, "--no-browser", QA_TOKEN=TOKEN, **environment) as running:
        assert running.stdout
        address = running.stdout.readline().partition("#")[0]
        while httpx2.get(f"{address}readyz").is_error:
            time.sleep(0.05)
        yield running, address


if __name__ == "__main__":
    manner = sys.argv[1 : sys.argv.index("--")]
    sys.argv = ["qa", *sys.argv[sys.argv.index("--") + 1 :]]
    vars(qa.cli.opening)["load_parts"] = vars(qa.server.run)["load_parts"] = parts
    vars(qa.server.run)["load_embedder"] = lambda _: FakeEmbedder()
    main()
