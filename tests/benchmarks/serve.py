"""Load on a real `qa serve`: python -m tests.benchmarks.serve CLIENTS SECONDS

Clients ask different articles about the same kinds of things, by JSON and by events; some hang up. It fails on any
error but 429, and on a quote that does not stand in the article that was asked.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil
from rich.console import Console
from rich.table import Table

from tests.benchmarks.measure import median

_TOKEN = "a token for a benchmark"
_PLACES = "Norland Southby Eastham Hilltown Lakeside Millbrook Stonebridge Oakford".split()
_PEOPLE = "Maria Lopez,Anna Berg,John Keller,Aisha Khan,Peter Novak,Lena Fischer,Omar Said,Ines Costa".split(",")
_ASKED = (
    "Who founded the mill of {place}?",
    "When was the mill of {place} opened?",
    "How many people work there?",
    "What is the capital of Australia?",
    "What is the article about?",
)
_HANG_UP = 0.03  # share of the clients' questions
_APART = 0.25  # seconds between two questions whose order counts


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was answered: when it was sent, when its answer was there, seconds of answering alone."""

    sent: float
    ended: float
    answering: float

    @property
    def waited(self) -> float:
        return self.ended - self.sent - self.answering


@dataclass
class Seen:
    """What the clients have seen, together."""

    asked: list[Asked] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)  # MB, each second


@contextmanager
def served(folder: Path) -> Iterator[tuple[psutil.Process, httpx2.Client]]:
    command = [str(Path(sys.executable).with_name("qa")), "serve", str(folder / "articles"), "--port", "0", "-q"]
    environment = {**os.environ, "QA_TOKEN": _TOKEN, "QA_HOME": str(folder / "home")}
    with subprocess.Popen([*command, "--no-browser"], stdout=subprocess.PIPE, text=True, env=environment) as running:
        assert running.stdout
        address = running.stdout.readline().partition("#")[0]
        with client(address) as one:
            while not one.get("readyz").is_success:
                time.sleep(0.1)
            try:
                yield psutil.Process(running.pid), one
            finally:
                running.terminate()


def client(address: object) -> httpx2.Client:
    return httpx2.Client(base_url=str(address), headers={"Authorization": f"Bearer {_TOKEN}"}, timeout=180)


def write_articles(folder: Path, draw: random.Random) -> None:
    folder.mkdir()
    for number, (place, person) in enumerate(zip(_PLACES, _PEOPLE, strict=True)):
        text = (
            f"The mill of {place} was founded by {person}. It was opened in {1800 + 7 * number}.\n\n"
            f"About {30 + 11 * number} people work there. The mayor said that it was the pride of {place}.\n\n"
        ) + "\n\n".join(f"Visitor number {k} of {place} came on day {draw.randrange(365)}." for k in range(8))
        (folder / f"{place}.txt").write_text(text, encoding="utf-8")


def one_client(address: object, sources: dict[str, Any], ends: float, seen: Seen, seed: int) -> None:
    draw = random.Random(seed)
    with client(address) as mine:
        while time.monotonic() < ends:
            place = draw.choice(_PLACES)
            question = draw.choice(_ASKED).format(place=place)
            try:
                ask(mine, question, sources[place], draw, seen)
            except httpx2.HTTPError as error:
                seen.outcomes[f"error {type(error).__name__}"] += 1


def ask(mine: httpx2.Client, question: str, source: dict[str, Any], draw: random.Random, seen: Seen) -> None:
    body = {"question": question, "sources": [source["id"]]}
    events = draw.random() < 0.5
    sent = time.monotonic()
    headers = {"Accept": "text/event-stream" if events else "application/json"}
    with mine.stream("POST", "api/v1/ask", json=body, headers=headers) as response:
        if response.status_code == 429:
            seen.outcomes["429"] += 1
            time.sleep(float(response.headers["Retry-After"]) * draw.uniform(0.5, 1.0))
            return
        if response.status_code != 200:
            seen.outcomes[f"error {response.status_code}"] += 1
            return
        if events and draw.random() < 2 * _HANG_UP:
            seen.outcomes["hung up"] += 1
            return
        text = response.read().decode()
    if events and "event: answer\n" not in text:
        seen.outcomes["error in a stream"] += 1
        return
    answer = json.loads(text.rpartition("event: answer\ndata: ")[2] if events else text)
    seen.asked.append(Asked(sent, time.monotonic(), answer["timings"]["total_s"]))
    seen.outcomes[answer["status"]] += 1
    for citation in answer["citations"]:
        stands = source["text"][citation["start"] : citation["end"]] == citation["quote"]
        if citation["source"] != source["source"] or not stands:
            seen.wrong.append(f"{question} asked of {source['name']}: {citation}")


def load(clients: int, seconds: float) -> tuple[Seen, float, float]:
    """Return what was seen, and in seconds what it took, and the median of what HTTP adds where nobody else asks."""
    with tempfile.TemporaryDirectory() as folder:
        write_articles(Path(folder) / "articles", random.Random(0))
        with served(Path(folder)) as (process, first):
            sources = {}
            for source in first.get("api/v1/sources").json()["sources"]:
                text = first.get(f"api/v1/sources/{source['id']}/text").json()["text"]
                sources[Path(source["name"]).stem] = {**source, "text": text}
            alone, seen = Seen(), Seen()
            draw = random.Random(1)
            for place in _PLACES * 2:
                ask(first, _ASKED[0].format(place=place), sources[place], draw, alone)
            began = time.monotonic()
            ends = began + seconds
            threads = [
                threading.Thread(target=one_client, args=(first.base_url, sources, ends, seen, n))
                for n in range(clients)
            ]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                seen.memory.append(process.memory_info().rss / 1e6)
                time.sleep(1)
            return seen, time.monotonic() - began, median(a.waited for a in alone.asked)


def overtaken(asked: list[Asked]) -> int:
    """Count the answers that came before that of a question which was sent clearly earlier."""
    count = 0
    latest_before: list[Asked] = []
    for one in sorted(asked, key=lambda a: a.sent):
        count += any(other.ended > one.ended and other.sent < one.sent - _APART for other in latest_before)
        latest_before = [o for o in latest_before if o.ended > one.sent] + [one]
    return count


def main() -> None:
    clients, seconds = int(sys.argv[1]), float(sys.argv[2])
    seen, took, http = load(clients, seconds)
    waits = sorted(a.waited for a in seen.asked)
    tenth = max(1, len(seen.memory) // 10)
    table = Table("what", "figure")
    for outcome, count in sorted(seen.outcomes.items()):
        table.add_row(outcome, f"{count:,}")
    table.add_row("answers a second", f"{len(seen.asked) / took:.2f}")
    table.add_row("quotes that stand elsewhere", f"{len(seen.wrong)}")
    table.add_row(
        "waited: median, 95 %, longest", " ".join(f"{waits[int(p * (len(waits) - 1))]:.2f} s" for p in (0.5, 0.95, 1))
    )
    table.add_row("answers that overtook another", f"{overtaken(seen.asked)}")
    start, end = median(seen.memory[:tenth]), median(seen.memory[-tenth:])
    table.add_row("memory: at the start, at the end, most", f"{start:.0f} {end:.0f} {max(seen.memory):.0f} MB")
    table.add_row("what HTTP adds to an answer, alone", f"{1000 * http:.1f} ms")
    Console().print(table)
    for line in seen.wrong[:5]:
        print(line)
    if seen.wrong or any(outcome.startswith("error") for outcome in seen.outcomes):
        sys.exit("there were wrong quotes, or errors other than 429")


if __name__ == "__main__":
    main()
