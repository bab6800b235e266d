"""Fakes that satisfy the protocols of the models, and the fixtures that tests share."""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.answering.assistant import Assistant
from qa.answering.parts import Parts, load_parts
from qa.answering.prompts import load_prompts
from qa.paths import CHECKOUT
from qa.protocols import Reader
from qa.settings import Settings, load_settings
from qa.types import Calibration, Document, Hit, Message, Passage, Reading, Span, Usage

if TYPE_CHECKING:
    from qa.types import Vectors
    from tests.clusters import Nodes
    from tests.databases import Server

TEXT = (
    "The bakery opened in 1990. Maria Lopez founded it in Hilltown.\n\n"
    "It sells 40 kinds of bread. The mayor did not attend the opening."
)


class FakeEmbedder:
    """Embeds a text as its bag of words; counts words as tokens."""

    multilingual = False

    def __init__(self) -> None:
        self.name = "bag-of-words"
        self.encoded: list[str] = []

    @property
    def fingerprint(self) -> str:
        return "0" * 64

    @property
    def dimensions(self) -> int:
        return 64

    @property
    def max_tokens(self) -> int:
        return 254

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        self.encoded += texts
        vectors = np.full((len(texts), self.dimensions), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().replace(".", " ").replace("?", " ").split():
                vectors[row, zlib.crc32(word.encode()) % self.dimensions] += 1
        if progress:
            progress(len(texts))
        scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return scaled

    def encode_question(self, question: str) -> Vectors:
        vector: Vectors = self.encode([question])[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(t.split()) for t in texts]

    def in_language(self, language: str) -> FakeEmbedder:
        return self


class Scripted:
    """A generation that yields what it was told to, word by word."""

    def __init__(self, text: str, forced: float = 0.0) -> None:
        self.usage = Usage(prompt=10)
        self._text, self._forced = text, forced

    def __iter__(self) -> Iterator[str]:
        for number, word in enumerate(self._text.split(" ")):
            self.usage = Usage(prompt=10, completion=number + 1, forced=self._forced)
            yield word if number == 0 else f" {word}"


class FakeGenerator:
    """Writes the next of its scripted texts, the last one again and again, and keeps the prompts that it was given."""

    def __init__(self, *texts: str, context_tokens: int = 4096, forced: float = 0.0) -> None:
        self.name = "scripted"
        self._forced = forced
        self.context_tokens = context_tokens
        self.texts = list(texts)
        self.prompts: list[str] = []

    def load(self) -> None:
        """There is nothing to load."""

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return sum(len(m.content.split()) for m in messages)

    def generate(self, messages: Sequence[Message], *, max_tokens: int, pattern: str | None = None) -> Scripted:
        self.prompts.append("\n".join(m.content for m in messages))
        return Scripted(self.texts.pop(0) if len(self.texts) > 1 else self.texts[0], self._forced)


class FakeReader:
    """Finds a fixed phrase, and is sure where it stands."""

    def __init__(self, phrase: str) -> None:
        self.name = "phrase"
        self._phrase = phrase

    @property
    def calibration(self) -> Calibration:
        weights = {"bias": 0.0, "score": 5.0}
        return Calibration(weights, weights, {"bias": -2.5, "margin": 5.0})

    def read(self, question: str, texts: Sequence[str]) -> list[tuple[Reading, ...]]:
        starts = [t.find(self._phrase) for t in texts]
        nothing = Reading(0, 3, -8.0, -8.0)
        return [(Reading(at, at + len(self._phrase), 8.0, 8.0) if at >= 0 else nothing,) for at in starts]


def hit(text: str, *sentences: str, source: str = "a.txt") -> Hit:
    """Make a hit over the whole of ``text``."""
    spans = []
    for sentence in sentences or (text,):
        start = text.index(sentence)
        spans.append(Span(start, start + len(sentence)))
    passage = Passage(Span(0, len(text)), tuple(spans))
    return Hit(Document.from_text(source, text), passage, 0.9, 1.0)


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Keep the tests of a file in one process, and all that start a cluster, of which a machine bears one."""
    for item in items:
        together = item.path.parent if item.path.parent.name == "distributed" else item.path
        item.add_marker(pytest.mark.xdist_group(str(together)))


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "bakery.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(index_dir=tmp_path / "indexes", passage_tokens=16, min_confidence=0.3)


@pytest.fixture
def make_assistant(article: Path, settings: Settings) -> Callable[..., Assistant]:
    def make(*texts: str, reader: Reader | None = None) -> Assistant:
        return Assistant([str(article)], settings, Parts(FakeEmbedder(), FakeGenerator(*texts), load_prompts(), reader))

    return make


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("QA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("QA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture(scope="session")
def seed() -> Path:
    assert CHECKOUT, "the tests run in a checkout"
    return next((CHECKOUT / "seeds").glob("*.md"))


@pytest.fixture(scope="session")
def real_parts() -> Parts:
    """The real models, loaded once for all tests."""
    return load_parts(load_settings().settings)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for all tests."""
    from tests.databases import servers

    with servers() as made:
        yield made.start()


@pytest.fixture
def database(postgres: Server) -> str:
    """The address of a new database."""
    name = f"test_{len(postgres.run('SELECT oid FROM pg_database'))}"
    postgres.run(f"CREATE DATABASE {name}")
    return postgres.address(name)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Nodes]:
    """A Ray cluster of one node for all tests."""
    from tests.clusters import nodes

    with nodes() as made:
        yield made


@pytest.fixture
def qa(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in this process; gives status, standard output and standard error."""
    from qa.cli.main import main

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["qa", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsysbinary.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, captured.out.decode(), captured.err.decode()

    return run
