"""Stops at bad moments: a worker is killed at random while it indexes, indexes anew, removes and saves; then all is
looked at. And several workers at once, at the same articles.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from qa.answering.assistant import Assistant
from qa.answering.parts import Parts
from qa.answering.prompts import load_prompts
from qa.conversation.sessions import Sessions
from qa.errors import IndexFolderError, QAError, SourceError
from qa.index import manifest as manifest_files
from qa.index import storage as index_files
from qa.index.builder import IndexBuilder
from qa.index.catalog import folder_of, manifests, own_key, remove
from qa.settings import Settings
from qa.system.files import UNFINISHED, write_whole
from qa.types import Answer, Document, Models
from tests.conftest import FakeEmbedder, FakeGenerator, FakeReader

_SENTENCES = 40
_ARTICLES = 3
_FOR_EVER = 3600  # seconds; a worker that is killed is given no other end


def text_of(version: int) -> str:
    """Write version ``version`` of the article: each sentence names it."""
    return "\n\n".join(f"House {n} was built in the year {version}." for n in range(_SENTENCES))


def settings_in(folder: Path) -> Settings:
    return Settings(
        index_dir=folder / "indexes", sessions_dir=folder / "sessions", passage_tokens=16, busy_seconds=30.0
    )


def work(folder: Path, seed: int, seconds: float) -> None:
    """Index, index anew, remove, ask and save until the time is over; print what went wrong, as JSON, at the end."""
    draw = random.Random(seed)
    settings = settings_in(folder)
    parts = Parts(FakeEmbedder(), FakeGenerator(*["House 7 was built in the year 1 [1]."] * 100_000), load_prompts())
    sessions = Sessions(settings.sessions_dir)
    recorder = sessions.begin(["a.txt"])
    counts: Counter[str] = Counter()
    print("ready", flush=True)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        article = folder / f"article{draw.randrange(_ARTICLES)}.txt"
        what = draw.choice(["index", "change", "ask", "remove", "save", "again"])
        try:
            if what == "change":
                write_whole(article, text_of(draw.randrange(1000, 2000)).encode())
            elif what == "remove":
                with suppress(SourceError):
                    remove(settings.index_dir, str(article))
            elif what == "save":
                recorder.add(Answer("q" * 500, "q", "not_in_article", "a", (), 0.1, Models("e", "g")))
            elif what == "ask":
                _ask(article, settings, parts, counts)
            else:
                IndexBuilder(settings, parts.embedder).open(str(article), again=what == "again")
        except QAError as error:
            counts["busy" if "another process" in str(error) else f"error: {error}"] += 1
        counts[what] += 1
    print(json.dumps(counts), flush=True)


def _ask(article: Path, settings: Settings, parts: Parts, counts: Counter[str]) -> None:
    asking = replace(parts, reader=FakeReader("House 7 was built in the year"))
    answer = Assistant([str(article)], settings, asking).ask("When was House 7 built?")
    known = {text_of(v)[c.start : c.end] for c in answer.citations for v in range(1000, 2000)}
    if answer.status == "answered" and not {c.quote for c in answer.citations} <= known:
        counts["wrong answer"] += 1


def kill(folder: Path, times: int, seed: int) -> Counter[str]:
    """Kill a worker ``times`` times; count what was found afterwards."""
    draw = random.Random(seed)
    found: Counter[str] = Counter()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for n in range(_ARTICLES):
        write_whole(folder / f"article{n}.txt", text_of(1000).encode())
    for number in range(times):
        killed(_worker(folder, number, _FOR_EVER), draw.random() * 0.6)
        found["kills"] += 1
        found.update(_looked_at(folder))
    return found


def killed(worker: subprocess.Popen[bytes], seconds: float) -> None:
    """Kill a worker and what it has started, so many seconds after it is ready."""
    with worker:
        if worker.stdout is None or worker.stdout.readline() != b"ready\n":
            raise RuntimeError("the worker did not start")
        time.sleep(seconds)
        os.killpg(worker.pid, signal.SIGKILL)


def _looked_at(folder: Path) -> Counter[str]:
    settings, found = settings_in(folder), Counter[str]()
    texts = {text_of(v) for v in range(1000, 2000)}
    builder = IndexBuilder(settings, FakeEmbedder())
    found["indexes mixed"] = 0
    for n in range(_ARTICLES):
        article = folder / f"article{n}.txt"
        text = article.read_text(encoding="utf-8")
        found["articles lost"] += text not in texts
        place = folder_of(settings.index_dir, str(article))
        if place.is_dir():
            try:
                manifest = manifest_files.read_manifest(place, own_key())
                index_files.open_folder(place, manifest, None if index_files.keeps_text(manifest) else _document(text))
                found["indexes whole"] += 1
            except IndexFolderError as error:
                found["indexes mixed"] += "of another version" not in str(error) and not _outdated(error)
        opened, _ = builder.open(str(article))
        pieces = [p.span.of(text) for p in opened.passages]
        found["wrong text"] += opened.document.text != text or not all(piece in text for piece in pieces)
        builder.open(str(article), again=True)
    found["lists broken"] += sum(isinstance(m, QAError) for _, m in manifests(settings.index_dir))
    found["left behind"] += len(list(settings.index_dir.glob(f"{UNFINISHED}*")))
    for session in Sessions(settings.sessions_dir).all():
        found["answers kept"] += len(session.answers)
    found["sessions lost"] += len(list(settings.sessions_dir.glob("*.jsonl"))) - len(
        Sessions(settings.sessions_dir).all()
    )
    return found


def _document(text: str) -> Document:
    return Document.from_text("a.txt", text)


def _outdated(error: IndexFolderError) -> bool:
    return "places are not in the text" in str(error)


def together(folder: Path, workers: int, seconds: float) -> Counter[str]:
    """Let several workers index, ask and remove the same articles; add up what they met."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for n in range(_ARTICLES):
        write_whole(folder / f"article{n}.txt", text_of(1000).encode())
    running = [_worker(folder, seed, seconds) for seed in range(workers)]
    found: Counter[str] = Counter()
    for worker in running:
        out, err = worker.communicate()
        found["crashes"] += worker.returncode != 0
        lines = out.decode().splitlines()
        found.update(json.loads(lines[-1]) if worker.returncode == 0 else {err.decode().splitlines()[-1]: 1})
    found.update({k: v for k, v in _looked_at(folder).items() if k in {"wrong text", "lists broken", "left behind"}})
    return found


def _worker(folder: Path, seed: int, seconds: float) -> subprocess.Popen[bytes]:
    call = f"work(Path({str(folder)!r}), {seed}, {seconds})"
    code = f"from pathlib import Path; from tests.torture.stops import work; {call}"
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if seconds < 3600 else subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "QA_HOME": str(folder / "home"), "QA_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
