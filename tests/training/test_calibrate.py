"""The questions that a calibration is fitted on."""

from __future__ import annotations

from pathlib import Path

from qa.records.lines import GoldQuestion
from qa.training.calibrate import Article, articles_of, strangers


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
