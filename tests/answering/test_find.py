"""What several articles say to one question, in the answer: one claim with all quotes, or each answer with its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from qa.answering.assistant import Assistant
from qa.answering.parts import Parts
from qa.answering.prompts import load_prompts
from qa.answering.writing.opinion import Trust
from qa.settings import Settings
from qa.types import Calibration, Reading
from tests.conftest import FakeEmbedder, FakeGenerator

QUESTION = "How many guests came to the opening in Hilltown?"


class CountReader:
    """Finds the first number of a text, where there is one."""

    name = "counts"
    calibration = Calibration(
        {"bias": 0.0, "score": 5.0}, {"bias": 0.0, "score": 5.0, "ahead": 0.2}, {"bias": -2.5, "margin": 5.0}
    )

    def read(self, _: str, texts: Sequence[str], /) -> list[tuple[Reading, ...]]:
        return [(self._first_number(text),) for text in texts]

    @staticmethod
    def _first_number(text: str) -> Reading:
        at = next((n for n, c in enumerate(text) if c.isdigit()), None)
        if at is None:
            return Reading(0, 3, -8.0, -8.0)
        end = next(n for n in range(at, len(text)) if not text[n].isdigit())
        return Reading(at, end, 8.0, 8.0)


def opened(tmp_path: Path, settings: Settings, *texts: str, trust: Trust | None = None) -> Assistant:
    sources = []
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}.txt"
        path.write_text(text, encoding="utf-8")
        sources.append(str(path))
    parts = Parts(
        FakeEmbedder(), FakeGenerator("52 guests came [1]."), load_prompts(), CountReader(), trust=trust or Trust()
    )
    return Assistant(sources, settings, parts)


def said(count: object) -> str:
    return f"In all {count} guests came to the opening in Hilltown."


def test_articles_that_agree_are_cited_together_and_are_no_rivals(tmp_path: Path, settings: Settings) -> None:
    alone = opened(tmp_path, settings, said(52)).ask(QUESTION)
    answer = opened(tmp_path, settings, said(52), "To the opening in Hilltown came about 52 guests.").ask(QUESTION)
    assert answer.answer == "52 guests came [1] [2]."
    assert [Path(c.source).name for c in answer.citations] == ["0.txt", "1.txt"]
    assert answer.confidence >= alone.confidence


@pytest.mark.parametrize("trust", [Trust(), Trust("model")], ids=["reader", "model"])
def test_articles_that_disagree_are_shown_side_by_side(tmp_path: Path, settings: Settings, trust: Trust) -> None:
    answer = opened(tmp_path, settings, said(52), said(71), trust=trust).ask(QUESTION)
    first, second = (tmp_path / name for name in ("0.txt", "1.txt"))
    assert answer.answer == f"{first}: 52 [1]. {second}: 71 [2]."
    assert [(c.source, c.quote) for c in answer.citations] == [(str(first), said(52)), (str(second), said(71))]
    assert answer.checks == (f"the sources disagree: {first}, {second}",)
    assert answer.confidence == pytest.approx(0.5, abs=0.01)


def test_those_that_agree_stand_together_where_another_disagrees(tmp_path: Path, settings: Settings) -> None:
    answer = opened(tmp_path, settings, said(52), said(71), f"{said(52)} It rained.").ask(QUESTION)
    assert answer.answer == f"{tmp_path / '0.txt'}, {tmp_path / '2.txt'}: 52 [1] [2]. {tmp_path / '1.txt'}: 71 [3]."


def test_three_answers_are_shown_though_none_of_them_is_sure(tmp_path: Path, settings: Settings) -> None:
    sure = msgspec.structs.replace(settings, min_confidence=0.6)
    answer = opened(tmp_path, sure, *map(said, (52, 71, 90))).ask(QUESTION)
    assert answer.answer.count("txt: ") == 3
    assert answer.confidence == pytest.approx(1 / 3, abs=0.01)


def test_what_is_too_unsure_by_itself_is_not_shown_because_another_differs(tmp_path: Path, settings: Settings) -> None:
    strict = msgspec.structs.replace(settings, min_confidence=1.0)
    answer = opened(tmp_path, strict, said(52), said(71)).ask(QUESTION)
    assert (answer.status, answer.checks) == ("not_in_article", ())


def test_one_article_is_never_compared(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.answering.find.sides", lambda *_: pytest.fail("compared"))
    answer = opened(tmp_path, settings, f"{said(52)} {said(71)}").ask(QUESTION)
    assert answer.status == "answered"


def test_what_articles_agree_on_is_cited_for_its_own_part(tmp_path: Path, settings: Settings) -> None:
    texts = [
        f"{said(52)} The bread of the opening in Hilltown cost 3 euros.",
        f"{said(52)} The bread there cost 3 euros.",
    ]
    answer = opened(tmp_path, settings, *texts).ask(f"{QUESTION.rstrip('?')} and how much did the bread cost?")
    quotes = {c.number: c.quote for c in answer.citations}
    assert "guests" in quotes[1]
    assert all(("guests" in quotes[n]) == (f"[{n}]" in answer.answer.split(".")[0]) for n in quotes)


def test_what_no_one_sentence_answers_is_explained_with_what_speaks_of_it(tmp_path: Path, settings: Settings) -> None:
    text = "The bridge of Hilltown was closed for repairs. Nobody is worried. The bridge of Hilltown is old."
    answer = opened(tmp_path, settings, text).ask("Tell me more about the bridge.")
    assert [c.quote for c in answer.citations] == [f"{s}." for s in text.rstrip(".").split(". ") if "bridge" in s]
    assert opened(tmp_path, settings, text).ask("Tell me more about the price of the bread.").status == "not_in_article"


def test_one_part_of_a_question_can_be_in_dispute(tmp_path: Path, settings: Settings) -> None:
    texts = [
        f"{said(count)} The bread of the opening in Hilltown cost {cost} euros." for count, cost in ((52, 3), (71, 4))
    ]
    answer = opened(tmp_path, settings, *texts).ask(f"{QUESTION.rstrip('?')} and how much did the bread cost?")
    assert answer.answer == f"{tmp_path / '0.txt'}: 52 [1]. {tmp_path / '1.txt'}: 71 [2]. 3 [3]."
    assert any(check.startswith("the sources disagree: ") for check in answer.checks)
