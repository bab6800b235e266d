from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from qa.answering.assistant import Assistant
from qa.conversation.suggestions import _keeps_together, suggest
from qa.settings import Settings
from qa.system.cache import ModelCache
from tests import collecting
from tests.conftest import FakeGenerator, FakeReader

Make = Callable[..., Assistant]
WANTED = ["Who built the old mill of Hilltown?", "What is the article about?", "Who is quoted?"]


def test_only_questions_that_the_article_answers_are_suggested_and_are_kept(
    make_assistant: Make, tmp_path: Path
) -> None:
    article = tmp_path / "mill.txt"
    article.write_text(
        "The old mill of Hilltown was built by Maria Lopez in 1990. "
        "It grinds about 40 tons of wheat from the farms of Norland. "
        "The mayor of Southby came to the mill on the first day of May.",
        encoding="utf-8",
    )
    written = ["Who built the old mill of Hilltown?", "How big is that?", "When did the mayor of Southby come?"]
    assistant = make_assistant(*written, reader=FakeReader("Maria Lopez"))
    assistant.sources = (str(article),)
    cache = ModelCache(tmp_path / "cache")
    assert suggest(assistant, cache) == WANTED
    assistant.parts = replace(assistant.parts, generator=FakeGenerator())
    assert suggest(assistant, cache) == WANTED
    assistant.parts = replace(assistant.parts, reader=None)
    assert suggest(assistant, cache) == []


def test_of_a_collection_nobody_asks_what_it_is_about(settings: Settings, tmp_path: Path) -> None:
    where = msgspec.structs.replace(settings, collections_dir=tmp_path / "collections")
    mill = "The old mill of Hilltown was built by Maria Lopez in the summer of 1990."
    others = {f"other{n}": f"Nothing happened on day {n}." for n in range(5)}
    collecting.index(collecting.write(tmp_path / "articles", mill=mill, **others), where)
    with closing(collecting.over(where, texts=(WANTED[0],) * 9, reader=FakeReader("Maria Lopez"))) as assistant:
        assert suggest(assistant, ModelCache(tmp_path / "cache")) == WANTED[:1]
        # One of its documents is an article like any other.
        assistant.sources = assistant.corpus.expand([str(tmp_path / "articles" / "mill.txt")])
        assert suggest(assistant, ModelCache(tmp_path / "cache")) == WANTED


def test_suggestions_are_of_all_the_sources_that_are_open(make_assistant: Make, tmp_path: Path) -> None:
    for name, text in (("a.txt", "It was opened."), ("b.txt", "It was closed again.")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assistant = make_assistant(reader=FakeReader("none"))
    cache = ModelCache(tmp_path / "cache")
    assistant.sources = (str(tmp_path / "a.txt"),)
    suggest(assistant, cache)
    assistant.sources = (str(tmp_path / "a.txt"), str(tmp_path / "b.txt"))
    suggest(assistant, cache)
    assert len(list(cache.files())) == 2


def test_what_an_article_in_another_language_is_about_is_asked_in_that(make_assistant: Make, tmp_path: Path) -> None:
    assistant = make_assistant(reader=FakeReader("none"))
    assistant.sources = (str(Path(__file__).parents[1] / "languages" / "tune" / "notices" / "de.txt"),)
    assert suggest(assistant, ModelCache(tmp_path / "cache")) == ["Worum geht es in dem Artikel?"]


@pytest.mark.parametrize(
    ("question", "together"),
    [
        ("Who used to have another name?", True),
        ("Who used to be the army?", False),
        ("Who founded the army?", False),
    ],
)
def test_a_question_does_not_join_what_its_sentence_keeps_apart(question: str, together: object) -> None:
    sentence = "The group, which used to have another name and then stood alone, was for years close to the army."
    assert _keeps_together(question, sentence) is together
