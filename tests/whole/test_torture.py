"""The quick part of the long tests: what `make torture` does for hours, here in seconds."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from qa.answering.parts import Parts
from tests.torture import attacks, disk, kept, load, stops

pytestmark = pytest.mark.real
NEVER = ("articles lost", "indexes mixed", "wrong text", "lists broken", "left behind", "sessions lost", "wrong answer")


def test_an_attack_changes_no_form(real_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    # Every kind once; which one of it moves on with what there is.
    monkeypatch.setattr(attacks, "ARTICLE", {kind: those[:1] for kind, those in attacks.ARTICLE.items()})
    monkeypatch.setattr(attacks, "QUESTION", attacks.QUESTION[:2])
    outcomes = list(attacks.run(real_parts))
    assert {o.kind for o in outcomes} == {*attacks.ARTICLE, "question"}
    assert [o for o in outcomes if o.wrong] == []


def test_there_are_enough_attacks() -> None:
    assert len(attacks.ARTICLE) + 1 >= 10
    assert sum(map(len, attacks.ARTICLE.values())) + len(attacks.QUESTION) >= 60


def test_a_defect_would_be_seen(real_parts: Parts, seed: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    from qa.answering.assistant import Assistant
    from qa.settings import Settings

    answer = Assistant([str(seed)], Settings(index_dir=tmp_path), real_parts).ask(attacks.ANSWERABLE)
    text = seed.read_text(encoding="utf-8")
    assert attacks.defects(answer, text, attacks.ANSWERABLE) == ()
    for bad in (
        replace(answer, answer=f"BANANA {answer.answer}"),
        replace(answer, answer=f"{answer.answer} [7]"),
        replace(answer, answer=f"{answer.answer} " + "the " * 200),
        replace(answer, citations=(replace(answer.citations[0], start=0),)),
        replace(answer, status="not_in_article"),
    ):
        assert attacks.defects(bad, text, attacks.ANSWERABLE)


def test_a_few_kills_lose_nothing(tmp_path: Path) -> None:
    found = stops.kill(tmp_path / "home" / "work", 4, seed=7)
    assert found["kills"] == 4
    assert {name: found[name] for name in NEVER} == dict.fromkeys(NEVER, 0)


def test_a_few_seconds_together_lose_nothing(tmp_path: Path) -> None:
    found = stops.together(tmp_path / "home" / "work", 2, 4)
    allowed = {"index", "change", "ask", "remove", "save", "again", "busy"}
    assert {k: n for k, n in found.items() if k not in allowed and n} == {}
    assert Counter(found)["index"] > 0


@pytest.mark.skipif(not disk.possible(), reason="this system gives a process no disks of its own")
def test_a_full_disk_is_said_and_loses_nothing() -> None:
    found = disk.run(step=19)
    never = ("traceback", "not said", "not one line", "wrong", "lost", "left behind")
    assert {name: found[name] for name in never} == dict.fromkeys(never, 0)
    assert found["too small"] == 3  # the cache is done without


def test_a_few_kills_lose_nothing_of_a_collection(tmp_path: Path) -> None:
    found = kept.kill(tmp_path / "home" / "work", 4, seed=7)
    assert found["kills"] == 4
    assert {name: found[name] for name in kept.NEVER} == dict.fromkeys(kept.NEVER, 0)


@pytest.mark.skipif(not disk.possible(), reason="this system gives a process no disks of its own")
def test_a_full_disk_loses_nothing_of_a_collection() -> None:
    found = kept.disks(step=60)
    never = (*kept.NEVER, "not said")
    assert {name: found[name] for name in never} == dict.fromkeys(never, 0)
    assert 0 < found["too small"] < found["disks"]


def test_a_batch_that_is_killed_is_resumed(tmp_path: Path) -> None:
    found = load.run(tmp_path / "load", questions=40, articles=4, stops=2)
    assert (found.questions, found.errors, found.lost_or_doubled, found.quotes_not_literal) == (40, 0, 0, 0)


def test_what_fuzzing_started_from_and_found_breaks_nothing() -> None:
    from qa.errors import SourceError
    from qa.sources.formats import extract
    from tests.torture.samples import SAMPLES

    findings = Path(__file__).parents[1] / "torture" / "findings"
    for suffix, samples in SAMPLES.items():
        if suffix == "index":
            continue
        for sample in samples:
            assert "bakery" in extract(sample, suffix, "a").text or suffix == ".txt"
        for found in sorted((findings / suffix.lstrip(".")).glob("*")):
            # Another error than ours would come out here.
            with suppress(SourceError):
                extract(found.read_bytes(), suffix, "a")
