"""Load: many questions over many articles in one batch, stopped again and again; is the memory flat, is a line lost?"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

_TOWNS = "Norland Southby Eastham Westerley Hilltown Lakeside Riverton Millbrook Stonebridge Oakford".split()
_THINGS = "bakery mill bridge library school theatre harbour station museum market".split()
_PEOPLE = "Maria Lopez,Anna Berg,John Keller,Aisha Khan,Peter Novak,Lena Fischer,Omar Said,Ines Costa".split(",")
_ASKED = (
    "Who founded the {thing} of {town}?",
    "When was the {thing} of {town} opened?",
    "How many people work in the {thing} of {town}?",
    "What is the capital of Australia?",
    "Who won the football match?",
)


@dataclass(frozen=True, slots=True)
class Load:
    """What a run met: questions, articles, stops, seconds, memory, and how many lines were wrong.

    ``memory`` has for each thousand of lines the megabytes that are its own, and those of the files that it has mapped.
    """

    questions: int
    articles: int
    stops: int
    seconds: float
    memory: tuple[tuple[int, int, int], ...]
    errors: int
    lost_or_doubled: int
    quotes_not_literal: int


def run(folder: Path, *, questions: int, articles: int, stops: int, seed: int = 0) -> Load:
    """Answer ``questions`` over ``articles``; the process is killed ``stops`` times, and resumed."""
    draw = random.Random(seed)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    texts = _write(folder, questions, articles, draw)
    kills = sorted(draw.sample(range(1, questions), stops))
    memory: list[tuple[int, int, int]] = []
    began = time.monotonic()
    while _lines(folder) < questions:
        _go_on(folder, next((k for k in kills if k > _lines(folder)), questions + 1), memory)
    seconds = time.monotonic() - began
    made = [json.loads(line) for line in (folder / "answers.jsonl").read_bytes().splitlines()]
    order = [m["id"] for m in made]
    return Load(
        questions=len(made),
        articles=articles,
        stops=stops,
        seconds=round(seconds, 1),
        memory=tuple(memory),
        errors=sum(m["schema"] == "qa.error/1" for m in made),
        lost_or_doubled=sum(a != b for a, b in itertools.zip_longest(order, range(questions))),
        quotes_not_literal=sum(
            texts[Path(c["source"]).name][c["start"] : c["end"]] != c["quote"]
            for m in made
            for c in m.get("citations", [])
        ),
    )


def _write(folder: Path, questions: int, articles: int, draw: random.Random) -> dict[str, str]:
    texts, asked = {}, []
    for n in range(articles):
        town, thing = draw.choice(_TOWNS), draw.choice(_THINGS)
        year, staff = draw.randrange(1800, 2020), draw.randrange(3, 900)
        text = (
            f"The {thing} of {town} was founded by {draw.choice(_PEOPLE)}. It was opened in {year}.\n\n"
            f"About {staff} people work in the {thing} of {town}. The mayor said that it was the pride of the town.\n\n"
        ) + "\n\n".join(f"Visitor number {k} came on day {draw.randrange(365)} of the year." for k in range(6))
        texts[f"{n}.txt"] = text
        (folder / f"{n}.txt").write_text(text, encoding="utf-8")
        each = questions // articles + (n < questions % articles)
        asked += [(f"{n}.txt", draw.choice(_ASKED).format(thing=thing, town=town)) for _ in range(each)]
    lines = [json.dumps({"id": i, "source": s, "question": q}) for i, (s, q) in enumerate(asked)]
    (folder / "batch.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return texts


def _lines(folder: Path) -> int:
    path = folder / "answers.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _go_on(folder: Path, stop_at: int, memory: list[tuple[int, int, int]]) -> None:
    command = [str(Path(sys.executable).with_name("qa")), "ask", "--batch", str(folder / "batch.jsonl")]
    environment = {**os.environ, "QA_HOME": str(folder / "home"), "QA_INDEX_DIR": str(folder / "indexes")}
    with subprocess.Popen([*command, "--resume", str(folder / "answers.jsonl"), "-q"], env=environment) as running:
        began = _lines(folder)
        while running.poll() is None:
            time.sleep(0.2)
            done = _lines(folder)
            if done // 1000 > (memory[-1][0] if memory else -1) and done > began:
                held = psutil.Process(running.pid).memory_info()
                memory.append((done // 1000, (held.rss - held.shared) // 1_000_000, held.shared // 1_000_000))
            if done >= stop_at:
                running.send_signal(signal.SIGKILL)
    if running.returncode not in {0, -signal.SIGKILL}:
        raise RuntimeError(f"the batch ended with status {running.returncode}")
