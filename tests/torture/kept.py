"""A collection under bad luck: a worker is killed at random while it indexes, changes and removes; disks that are full.

After every kill the collection is looked at: each document is one that a worker put, whole, and none is missing.
"""

from __future__ import annotations

import functools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

from qa.collections.check import check
from qa.collections.prepare import prepare
from qa.collections.update import Update
from qa.errors import IndexFolderError
from qa.index.prepare import recipe_of
from qa.index.stores.embedded import nearest
from qa.index.stores.open import drop, open_store
from qa.index.stores.protocol import Store
from qa.settings import Settings
from qa.sources.fetch import Pages
from qa.system.files import UNFINISHED, write_whole
from qa.types import Hit
from tests.conftest import FakeEmbedder
from tests.torture.disk import in_namespace
from tests.torture.stops import killed, text_of

_ARTICLES = 12
_FEW = 150  # passages from which on the lists of FAISS are used here, so that they are written all the time
_NAME = "news"
_PAGE, _PAGES = 4096, 320  # bytes of a page; pages of a disk that is large enough
_SAID = "No space left on device"
NEVER = ("documents lost", "documents mixed", "not found", "damaged", "left behind", "not up to date")


def settings_in(folder: Path) -> Settings:
    return Settings(collections_dir=folder / "collections", passage_tokens=16, busy_seconds=30.0)


def work(folder: Path, seed: int) -> None:
    """Change articles and bring the collection up to date with them, remove documents, for ever."""
    draw = random.Random(seed)
    nearest._BESIDE = _FEW
    print("ready", flush=True)
    while True:
        for _ in range(draw.randrange(1, 4)):
            article = folder / "articles" / f"{draw.randrange(_ARTICLES)}.txt"
            write_whole(article, text_of(draw.randrange(1000, 2000)).encode())
        what = draw.choice(["update", "update", "update", "remove", "drop"])
        if what == "update":
            bring_up_to_date(folder)
        elif what == "remove":
            settings = settings_in(folder)
            with suppress(IndexFolderError), open_store(settings, _NAME) as store:
                store.remove([e.source for e in store.entries()][: draw.randrange(4)])
        elif draw.random() < 0.2:
            with suppress(IndexFolderError):
                drop(settings_in(folder), _NAME)


def bring_up_to_date(folder: Path) -> int:
    """Index what has changed; return how many documents that were."""
    settings, embedder = settings_in(folder), FakeEmbedder()
    update = Update([str(folder / "articles")], Pages(settings))
    with open_store(settings, _NAME, write=recipe_of(settings, embedder)) as store:
        return len(list(update.run(store, functools.partial(prepare, settings=settings, embedder=embedder))))


def kill(folder: Path, times: int, seed: int) -> Counter[str]:
    """Kill a worker ``times`` times; count what was found afterwards."""
    draw, found = random.Random(seed), Counter(dict.fromkeys(NEVER, 0))
    nearest._BESIDE = _FEW
    shutil.rmtree(folder, ignore_errors=True)
    for n in range(_ARTICLES):
        write_whole(folder / "articles" / f"{n}.txt", text_of(1000).encode())
    for number in range(times):
        killed(_worker(folder, number), draw.random() * 0.8)
        found["kills"] += 1
        found.update(_looked_at(folder))
    return found


def _looked_at(folder: Path) -> Counter[str]:
    settings, found = settings_in(folder), Counter[str]()
    texts = {text_of(v) for v in range(1000, 2000)}
    # As a reader finds it, before anybody mends it: what was committed is whole.
    with suppress(IndexFolderError), open_store(settings, _NAME) as store:
        for entry in store.entries():
            found["documents seen"] += 1
            found["documents mixed"] += store.document(entry.source).text not in texts
            found["documents mixed"] += entry.passages != len(store.passages(entry.source))
        found["not found"] += len(_nearest(store, 5)) != min(5, 40 * len(store))
    bring_up_to_date(folder)
    with open_store(settings, _NAME) as store:
        found["documents lost"] += len(store) != _ARTICLES
        found["damaged"] += len(list(check(store, _NAME)))
        found["not found"] += len(_nearest(store, 400)) != 400
    found["not up to date"] += bring_up_to_date(folder)
    found["left behind"] += len(list(settings.collections_dir.glob(f"{UNFINISHED}*")))
    found["left behind"] += max(0, len(list(settings.collections_dir.glob("*/*.faiss"))) - 2)
    return found


def disks(step: int = 1) -> dict[str, int]:
    """Index on small disks of every ``step``-th size, up to one that is enough; return counts.

    Raises:
        subprocess.CalledProcessError: no such disks can be had, or the process crashed.
    """
    return in_namespace("kept", step)


def main() -> None:
    """Try the disks, inside a mount namespace."""
    found = Counter(dict.fromkeys((*NEVER, "not said", "too small", "disks"), 0))
    nearest._BESIDE = _FEW
    for pages in range(2, _PAGES, int(sys.argv[1])):
        with tempfile.TemporaryDirectory() as folder:
            _on_a_disk(Path(folder), pages, found)
    print(json.dumps(found))


def _on_a_disk(folder: Path, pages: int, found: Counter[str]) -> None:
    for n in range(_ARTICLES):
        write_whole(folder / "articles" / f"{n}.txt", text_of(1000).encode())
    disk = settings_in(folder).collections_dir
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={pages * _PAGE}", "none", disk], check=True)
    found["disks"] += 1
    try:
        bring_up_to_date(folder)
    except IndexFolderError as error:
        found["too small"] += 1
        found["not said"] += _SAID not in str(error)
    subprocess.run(["mount", "-o", "remount,size=100m", "none", disk], check=True)
    found.update(_looked_at(folder))
    # Lazily: a thread of tantivy may still close its files.
    subprocess.run(["umount", "--lazy", disk], check=True)


def _nearest(store: Store, count: int) -> list[Hit]:
    question = "When was House 7 built?"
    return store.search(FakeEmbedder().encode([question])[0], question, count)


def _worker(folder: Path, seed: int) -> subprocess.Popen[bytes]:
    code = f"from pathlib import Path; from tests.torture.kept import work; work(Path({str(folder)!r}), {seed})"
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "QA_HOME": str(folder / "home"), "QA_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )


if __name__ == "__main__":
    main()
