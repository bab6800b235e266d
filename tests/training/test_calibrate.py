"""The questions that a calibration is fitted on."""

from __future__ import annotations

import json
from pathlib import Path

from qa.records.lines import GoldQuestion
from qa.training.calibrate import Article, articles_of, statements, strangers
from tests.conftest import FakeReader


def test_an_article_is_asked_what_was_asked_of_another_one_in_its_language() -> None:
    asked = GoldQuestion(question="Wann?", answerable=True, answers=["1990"], answer_spans=[(0, 4)], source="a.txt")
    own, other, english = Article("one/a.txt", "de"), Article("two/a.txt", "de"), Article("one/c.txt", "en")
    made = strangers({"a.txt": other, "c.txt": english}, [(asked, own)], 5)
    assert [(g.question, g.source, g.answerable, g.answers) for g in made] == [("Wann?", "a.txt", False, [])]
    assert strangers({"a.txt": own, "c.txt": english}, [(asked, own)], 5) == []
    assert strangers({"a.txt": other}, [(asked, own)], 0) == []


def test_the_language_of_an_article_is_that_of_its_text(tmp_path: Path) -> None:
    (tmp_path / "de.txt").write_text("Die Bäckerei liegt am Hafen und verkauft vierzig Sorten Brot.", encoding="utf-8")
    gold = [GoldQuestion(question="Wo?", answerable=False, source="de.txt")]
    article = Article(str(tmp_path / "de.txt"), "de")
    assert articles_of(gold, tmp_path / "questions.jsonl", None) == {"de.txt": article}
    alone = [GoldQuestion(question="Wo?", answerable=False)]
    assert articles_of(alone, tmp_path / "questions.jsonl", article.path) == {None: article}


def test_a_statement_is_described_over_its_evidence(tmp_path: Path) -> None:
    row = {"source": "a.txt", "question": "When?", "evidence": "It opened in 1990.", "text": "In 1990."}
    told = [{**row, "kind": "honest"}, {**row, "kind": "date", "text": "In 1991."}]
    (tmp_path / "statements.jsonl").write_text("\n".join(map(json.dumps, told)), encoding="utf-8")
    (honest, right), (lie, wrong) = statements([tmp_path / "statements.jsonl"], FakeReader("1990"))
    assert (right, wrong) == (True, False)
    assert "number" in lie
    assert "number" not in honest
