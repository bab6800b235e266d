from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from qa import Assistant as Lazy
from qa.answering.assistant import Assistant
from qa.answering.parts import Parts
from qa.answering.prompts import load_prompts
from qa.errors import SourceError, UsageError
from qa.settings import Settings
from qa.types import Answer, Evidence, Reading
from tests.conftest import TEXT, FakeEmbedder, FakeGenerator, FakeReader

Make = Callable[..., Assistant]


def test_the_public_name_is_the_assistant() -> None:
    assert Lazy is Assistant


def test_a_stream_gives_evidence_then_text_then_the_answer(make_assistant: Make) -> None:
    steps = list(
        make_assistant("Maria Lopez founded the bakery in Hilltown [1].", reader=FakeReader("Maria Lopez")).stream(
            "Who?"
        )
    )
    assert isinstance(steps[0], Evidence)
    answer = steps[-1]
    assert isinstance(answer, Answer)
    assert "".join(s for s in steps if isinstance(s, str)) == answer.answer
    assert answer.status == "answered"
    for citation in answer.citations:
        assert TEXT[citation.start : citation.end] == citation.quote
        assert f"[{citation.number}]" in answer.answer
        assert citation.passage_start <= citation.start < citation.end <= citation.passage_end


def test_marks_of_markdown_are_left_out_of_answers_and_quotes(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "bakery.md"
    source.write_text("# Maria Lopez founded the **bakery** in 1990.\n\nIt is old.\n", encoding="utf-8")
    parts = Parts(FakeEmbedder(), FakeGenerator(), load_prompts(), FakeReader("Maria Lopez founded the **bakery**"))
    answer = Assistant([str(source)], settings, parts).ask("Did Maria Lopez found the bakery?")
    assert answer.answer == "Maria Lopez founded the bakery in 1990 [1]."
    (citation,) = answer.citations
    assert citation.quote == "Maria Lopez founded the **bakery** in 1990."
    assert source.read_text(encoding="utf-8")[citation.start : citation.end] == citation.quote


def test_what_the_reader_does_not_find_is_not_in_the_article_and_nothing_is_written(make_assistant: Make) -> None:
    answer = make_assistant(reader=FakeReader("Peter")).ask("Who is Peter?")
    assert (answer.status, answer.citations, answer.answer) == ("not_in_article", (), "The article does not say.")
    assert answer.confidence < 0.01


def test_without_a_reader_an_invention_is_not_shown(make_assistant: Make) -> None:
    answer = make_assistant("Peter Smith founded the bakery in Rome [1].").ask("Who founded the bakery?")
    assert answer.status == "not_in_article"
    assert answer.models.reader is None


def test_a_follow_up_is_rewritten_and_another_question_is_not(make_assistant: Make) -> None:
    history = [("Who founded the bakery?", "Maria Lopez.")]
    assistant = make_assistant("Where did Maria Lopez go?", reader=FakeReader("none"))
    assert assistant.ask("Where did she go?", history=history).standalone_question == "Where did Maria Lopez go?"
    assert (
        assistant.ask("What does the bakery sell?", history=history).standalone_question == "What does the bakery sell?"
    )


def test_a_rewrite_that_adds_something_is_not_used(make_assistant: Make) -> None:
    assistant = make_assistant("Where did Obama go?", reader=FakeReader("none"))
    answer = assistant.ask("Where did she go?", history=[("Who founded the bakery?", "Maria Lopez.")])
    assert "Obama" not in answer.standalone_question
    assert "Maria Lopez" in answer.standalone_question


class Asked(FakeReader):
    """Finds another phrase for each question, by a word of it."""

    def __init__(self, **phrases: str) -> None:
        super().__init__("")
        self._phrases = phrases

    def read(self, question: str, texts: Sequence[str]) -> list[tuple[Reading, ...]]:
        last = question.lower().rstrip("?").rpartition("?")[2]
        phrases = [phrase for word, phrase in self._phrases.items() if word in last]
        return FakeReader(phrases[-1] if phrases else "\0").read(question, texts)


def test_both_parts_of_a_question_are_answered_each_with_its_quote(make_assistant: Make) -> None:
    assistant = make_assistant(reader=Asked(who="Maria Lopez", when="1990"))
    answer = assistant.ask("Who founded the bakery and when did it open?")
    assert answer.answer == "Maria Lopez [1]. 1990 [2]."
    assert [c.quote for c in answer.citations] == ["Maria Lopez founded it in Hilltown.", "The bakery opened in 1990."]


def test_a_part_that_the_article_does_not_answer_is_left_out(make_assistant: Make) -> None:
    assistant = make_assistant(reader=Asked(who="Maria Lopez"))
    assistant.settings = msgspec.structs.replace(assistant.settings, min_confidence=0.6)
    answer = assistant.ask("Who founded the bakery and why did it close?")
    assert answer.answer == "Maria Lopez [1]."
    assert answer.confidence == pytest.approx(0.6)  # half an answer is no surer
    assert answer.checks == ("not answered: Why did the bakery close?",)


def test_sources_of_a_question_replace_the_assistants(make_assistant: Make, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("Peter Smith runs the mill.", encoding="utf-8")
    answer = make_assistant("Peter Smith runs the mill [1].", reader=FakeReader("Peter Smith")).ask(
        "Who?", sources=[str(other)]
    )
    assert {c.source for c in answer.citations} == {str(other)}


def test_a_changed_article_is_noticed_at_the_next_question(make_assistant: Make, article: Path) -> None:
    assistant = make_assistant(
        "Maria Lopez founded it in Hilltown [1].",
        "Anna Bell founded it in Hilltown [1].",
        reader=FakeReader("founded it in Hilltown"),
    )
    assert "Maria Lopez" in assistant.ask("Who founded it?").citations[0].quote
    article.write_text(TEXT.replace("Maria Lopez", "Anna Bell"), encoding="utf-8")
    assert "Anna Bell" in assistant.ask("Who founded it?").citations[0].quote


def test_wrong_sources_and_settings_are_errors() -> None:
    with pytest.raises(SourceError, match="no such file"):
        Assistant.open("none.txt")
    with pytest.raises(UsageError, match="no setting is called"):
        Assistant.open(colour="blue")


def test_a_question_about_nothing_is_an_error(settings: Settings) -> None:
    parts = Parts(FakeEmbedder(), FakeGenerator(), load_prompts(), FakeReader("x"))
    with pytest.raises(UsageError, match="no article is named"):
        Assistant([], settings, parts).ask("Who?")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Wie hoch ist der Eiffelturm?", "Das steht nicht im Artikel."),
        ("How high is the Eiffel tower?", "The article does not say."),
        ("Какова высота башни?", "В статье об этом не говорится."),
    ],
)
def test_that_the_article_does_not_say_is_said_in_the_language_of_the_question(
    make_assistant: Make, tmp_path: Path, question: str, said: str
) -> None:
    assistant = make_assistant(reader=FakeReader("none"))
    assistant.sources = (str(Path(__file__).parents[1] / "languages" / "tune" / "notices" / "de.txt"),)
    answer = assistant.ask(question)
    assert (answer.status, answer.answer) == ("not_in_article", said)


def test_a_summary_is_asked_for_in_the_language_of_the_article(make_assistant: Make) -> None:
    assistant = make_assistant(reader=FakeReader("none"))
    assistant.sources = (str(Path(__file__).parents[1] / "languages" / "tune" / "notices" / "de.txt"),)
    answer = assistant.ask("Worum geht es in dem Artikel?")
    assert answer.status == "answered"
    assert len(answer.citations) == 5
