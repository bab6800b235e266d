"""Runs `qa` over fakes in a process of its own: python -m tests.server.fakes [loud] [slow] -- ARGUMENTS."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

import qa.cli.opening
from qa.answering.parts import Parts
from qa.answering.prompts import load_prompts
from qa.cli.main import main
from qa.settings import Settings
from qa.types import Reading
from tests.conftest import FakeEmbedder, FakeGenerator, FakeReader

SLOW = "How slow"  # a question that begins so is read for a minute


class Reader(FakeReader):
    """Finds the baker; can write where it should not, as a native library may, and can take its time."""

    def __init__(self, manner: Sequence[str]) -> None:
        super().__init__("Maria Lopez")
        self._manner = manner

    def read(self, question: str, texts: Sequence[str]) -> list[tuple[Reading, ...]]:
        if "loud" in self._manner:
            print("a library says", flush=True)
            os.write(1, b'{"jsonrpc": "2.0", "id": 1, "result": {}}\n')
            subprocess.run(["echo", "a child says"], check=True)
        if "slow" in self._manner and question.startswith(SLOW):
            print("reading", file=sys.stderr, flush=True)
            time.sleep(60)
        return super().read(question, texts)


def parts(_: Settings) -> Parts:
    """Make an assistant's parts without any model."""
    texts = ["Maria Lopez founded it [1]."] * 1000
    return Parts(FakeEmbedder(), FakeGenerator(*texts), load_prompts(), Reader(manner))


if __name__ == "__main__":
    manner = sys.argv[1 : sys.argv.index("--")]
    sys.argv = ["qa", *sys.argv[sys.argv.index("--") + 1 :]]
    vars(qa.cli.opening)["load_parts"] = parts
    main()
