"""A disk that is full at a bad moment: what is written goes to small disks of every size; then there is room.

The disks are in memory, in a mount namespace of this process's own, which Linux lets every user have.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

_PAGE = 4096  # bytes; the smallest such disk
# What is written, and the pages that are free: up to as many as are enough.
PAGES = {"QA_INDEX_DIR": 18, "QA_SESSIONS_DIR": 4, "QA_CACHE_DIR": 2, "answers": 4}
_ARTICLE = "<html><body><article><h1>The bakery</h1>" + "".join(
    f"<p>Visitor {n} came to Hilltown on day {n} of the year. Maria Lopez founded the bakery number {n} in 1990.</p>"
    for n in range(12)
)
_QUESTION, _ANSWER = "Who founded the bakery number 7?", "Maria Lopez"
_ASKED = 6
_SAID = "No space left on device"


def possible() -> bool:
    """Whether this system lets a process have disks of its own."""
    tried = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", tempfile.gettempdir()]
    return bool(shutil.which("unshare")) and subprocess.run(tried, capture_output=True, check=False).returncode == 0


def in_namespace(module: str, *arguments: object, flags: str = "-rm") -> dict[str, int]:
    """Run a module of the torture with mounts of its own; return the counts that it prints.

    Raises:
        subprocess.CalledProcessError: no such mounts can be had, or the module failed.
    """
    command = ["unshare", flags, sys.executable, "-W", "ignore", "-m", f"tests.torture.{module}", *map(str, arguments)]
    root = Path(__file__).resolve().parent.parent.parent
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, int] = json.loads(done.stdout)
    return found


def run(step: int = 1) -> dict[str, int]:
    """Try every ``step``-th size of disk for everything that is written; return counts.

    Raises:
        subprocess.CalledProcessError: no such disks can be had.
    """
    return in_namespace("disk", step)


def main() -> None:
    """Try the disks, inside the namespace."""
    counts: Counter[str] = Counter(
        dict.fromkeys(("traceback", "not said", "not one line", "wrong", "lost", "left behind"), 0)
    )
    with tempfile.TemporaryDirectory() as cache:
        for written, most in PAGES.items():
            for pages in range(0, most + 1, int(sys.argv[1])):
                with tempfile.TemporaryDirectory() as folder:
                    _try(Path(folder), written, pages, cache, counts)
    print(json.dumps(counts))


def _try(folder: Path, written: str, pages: int, cache: str, counts: Counter[str]) -> None:
    disk = folder / "disk"
    disk.mkdir()
    (folder / "a.html").write_text(_ARTICLE, encoding="utf-8")
    lines = [json.dumps({"id": n, "question": _QUESTION, "source": "a.html"}) for n in range(_ASKED)]
    (folder / "batch.jsonl").write_text("\n".join(lines), encoding="utf-8")
    around = {**os.environ, "QA_HOME": str(folder / "home"), "QA_CACHE_DIR": cache, "QA_READER": "small"}
    answers = (disk if written == "answers" else folder) / "answers.jsonl"
    if written != "answers":
        around[written] = str(disk / "kept")
    commands = [
        (["ask", "--batch", str(folder / "batch.jsonl"), "--resume", str(answers), "-q"], ""),
        (["chat", str(folder / "a.html"), "-q"], f"{_QUESTION}\n" * _ASKED),
    ]
    counts["disks"] += 1
    _mount(disk, "-t", "tmpfs", "-o", f"size={(pages + 1) * _PAGE}", "none")
    (disk / "other").write_bytes(b"x" * _PAGE)
    too_small = False
    for arguments, typed in commands:
        done = _qa(arguments, typed, around)
        made = done.stdout + done.stderr
        if "--batch" in arguments and answers.exists():
            made += answers.read_text(encoding="utf-8")
        too_small |= _SAID in made
        counts["commands"] += 1
        counts["traceback"] += "Traceback" in done.stderr
        counts["not one line"] += any(not line.startswith("qa: ") for line in done.stderr.splitlines() if line)
        counts["not said"] += _SAID not in made and (done.returncode != 0 or _ANSWER not in made)
    counts["too small"] += too_small
    _mount(disk, "-o", "remount,size=100m", "none")
    for arguments, typed in commands:
        done = _qa(arguments, typed, around)
        counts["wrong"] += bool(done.returncode or (arguments[1] != "--batch" and _ANSWER not in done.stdout))
    kept = [json.loads(line)["id"] for line in answers.read_bytes().splitlines()]
    counts["lost"] += kept != list(range(_ASKED))
    listed = _qa(["sessions", "list"], "", around)
    counts["lost"] += bool(listed.returncode or listed.stderr or f" {_ASKED} answers" not in listed.stdout)
    counts["left behind"] += len([*disk.rglob(".unfinished-*")])
    subprocess.run(["umount", disk], check=True)


def _mount(disk: Path, *options: str) -> None:
    subprocess.run(["mount", *options, disk], check=True)


def _qa(arguments: Sequence[str], typed: str, around: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qa", *arguments]
    return subprocess.run(command, input=typed, env=around, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    main()
