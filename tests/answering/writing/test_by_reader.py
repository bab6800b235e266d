from __future__ import annotations

from dataclasses import replace

import pytest

from qa.answering.prompts import load_prompts
from qa.answering.writing.by_reader import Writer
from qa.answering.writing.checks.support import ground
from qa.answering.writing.citations import Claim
from qa.answering.writing.draft import in_full, literal
from qa.settings import Settings
from qa.types import Candidate, Span
from tests.conftest import FakeGenerator, FakeReader, hit

FOUNDED, SELLS = "Maria Lopez founded it in 1990.", "It sells 40 kinds of bread."
HIT = hit(f"{FOUNDED} {SELLS}", FOUNDED, SELLS)
READ = Candidate(HIT, Span(0, 11), HIT.passage.sentences[0], {"score": 5.0, "answerable": 5.0})
UNREAD = Candidate(HIT)


def write(text: str, *candidates: Candidate) -> list[str]:
    return texts(Writer(FakeGenerator(text), load_prompts(), Settings()), "Who founded it?", *candidates)


def texts(writer: Writer, question: str, *candidates: Candidate) -> list[str]:
    drafts = list(writer.write(question, candidates))
    return [c.text for c in drafts[-1].claims] if drafts else []


def test_a_supported_claim_is_kept_with_the_sentence_that_supports_it() -> None:
    supported, _ = ground(Claim("It sells 40 kinds of bread.", (1,)), "What does it sell?", [UNREAD])
    assert supported
    assert [span.of(HIT.document.text) for _, span in supported.quotes] == [SELLS]


@pytest.mark.parametrize("text", ["It sells 50 kinds of bread.", "The moon is far away.", "Peter Smith founded it."])
def test_an_unsupported_claim_is_not(text: str) -> None:
    supported, reason = ground(Claim(text, (1,)), "What?", [UNREAD])
    assert supported is None
    assert reason


def test_a_number_that_does_not_exist_does_no_harm() -> None:
    supported, _ = ground(Claim("It sells 40 kinds of bread.", (0, 7)), "What?", [UNREAD])
    assert supported
    assert supported.quotes[0][0] is HIT


def test_a_claim_that_is_not_what_the_reader_found_is_dropped() -> None:
    assert ground(Claim("It was founded in 1990.", (1,)), "Who founded it?", [READ])[0] is None
    assert ground(Claim("Maria Lopez founded it.", (1,)), "Who founded it?", [READ])[0]


def test_words_that_were_forced_on_the_model_are_no_sentence_of_its_own() -> None:
    written = "It was founded by Maria Lopez in 1990 [1]."
    sure = replace(READ, exact=0.95)
    assert texts(Writer(FakeGenerator(written), load_prompts(), Settings()), "Who founded it?", sure) == [
        "It was founded by Maria Lopez in 1990."
    ]
    forced = Writer(FakeGenerator(written, forced=9.0), load_prompts(), Settings())
    *_, draft = forced.write("Who founded it?", [sure])
    assert [c.text for c in draft.claims] == ["Maria Lopez"]
    assert draft.usage.completion == 2  # of neither try the rest was waited for


def test_a_piece_of_the_quote_needs_no_second_reading() -> None:
    sure = replace(READ, exact=0.95)
    reader = FakeReader("nothing")
    for text, kept in (("Maria Lopez founded it [1].", True), ("Maria Lopez is who founded it [1].", False)):
        (said,) = texts(Writer(FakeGenerator(text), load_prompts(), Settings(), reader), "Who founded it?", sure)
        assert (said != "Maria Lopez") is kept


def test_the_models_capitals_are_not_shown_where_the_evidence_has_others() -> None:
    writer = Writer(FakeGenerator("MaRIA Lopez founded it in 1990 [1]."), load_prompts(), Settings())
    assert texts(writer, "Who founded it?", replace(READ, exact=0.95)) == ["Maria Lopez founded it in 1990."]


def test_what_only_the_question_says_is_no_part_of_an_unsure_answer() -> None:
    written, question = "Maria Lopez closed it in 1990 [1].", "When was it closed by Maria Lopez?"
    for probability, said in ((0.5, FOUNDED), (0.9, "Maria Lopez closed it in 1990.")):
        read = replace(READ, answer=Span(26, 30), exact=0.95, probability=probability)
        *_, draft = Writer(FakeGenerator(written), load_prompts(), Settings()).write(question, [read])
        assert [c.text for c in draft.claims] == [said]
    unsure = replace(READ, answer=Span(26, 30), exact=0.95, probability=0.5)
    *_, draft = Writer(FakeGenerator("Maria Lopez founded it in 1990 [1]."), load_prompts(), Settings()).write(
        question, [unsure]
    )
    assert [c.text for c in draft.claims] == ["Maria Lopez founded it in 1990."]


def test_claims_are_written_one_by_one() -> None:
    assert write("Maria Lopez founded it [1]. It sells 40 kinds of bread [1].", UNREAD) == [
        "Maria Lopez founded it.",
        "It sells 40 kinds of bread.",
    ]


def test_an_unsupported_answer_is_repaired_with_the_readers_words() -> None:
    writer = Writer(FakeGenerator("Peter Smith founded it [1]."), load_prompts(), Settings())
    *_, draft = writer.write("Who founded it?", [READ])
    assert [c.text for c in draft.claims] == ["Maria Lopez"]
    assert draft.checks == (
        "written: “Peter Smith founded it.”: dropped, the quote does not name 'Smith'",
        "answered with the words of the evidence instead",
    )


def test_a_model_whose_sentence_is_dropped_is_asked_to_begin_with_the_answer() -> None:
    generator = FakeGenerator("Peter Smith founded it [1].", "Maria Lopez founded it [1].")
    *_, draft = Writer(generator, load_prompts(), Settings()).write("Who founded it?", [replace(READ, exact=0.95)])
    assert [c.text for c in draft.claims] == ["Maria Lopez founded it."]
    assert draft.usage.prompt == 20  # both generations are counted


def test_a_sentence_that_begins_with_the_answer_is_not_asked_for_again() -> None:
    generator = FakeGenerator("Maria Lopez founded it in 1890 [1].", "Maria Lopez founded it [1].")
    *_, draft = Writer(generator, load_prompts(), Settings()).write("Who founded it?", [replace(READ, exact=0.95)])
    assert [c.text for c in draft.claims] == ["Maria Lopez"]
    assert draft.usage.prompt == 10


def test_without_a_reader_an_unsupported_answer_is_no_answer() -> None:
    assert write("Peter Smith founded it [1].", UNREAD) == []
    assert write("anything") == []


def test_a_question_for_yes_or_no_is_answered_with_the_sentence() -> None:
    writer = Writer(FakeGenerator(), load_prompts(), Settings())
    assert texts(writer, "Did Maria Lopez found it?", READ) == [FOUNDED]


def test_words_under_a_negation_are_answered_with_the_whole_quote() -> None:
    text = "It would not mean the end."
    negated = hit(text)
    candidate = Candidate(negated, Span(13, 25), Span(0, len(text)))
    supported = literal(candidate)
    assert supported
    assert supported.text == text
    assert literal(UNREAD) is None


@pytest.mark.parametrize(
    ("question", "words", "whole"),
    [
        ("Why did Maria Lopez found it?", "Maria Lopez", True),
        ("Did what happen to Maria Lopez?", "Maria Lopez", True),
        ("What did Maria Lopez found in 1990?", "1990", True),
        ("What did she found?", "1990", True),
        ("When did she found it?", "1990", False),
        ("What is this?", "it", True),
        ("Who founded it?", "Maria Lopez", False),
    ],
)
def test_words_that_tell_nothing_alone_are_answered_with_the_sentence(
    question: str, words: str, *, whole: bool
) -> None:
    start = FOUNDED.index(words)
    said = in_full(question, replace(READ, answer=Span(start, start + len(words))))
    assert (said is not None and said.text == FOUNDED) == whole


def test_words_that_would_be_a_guess_are_answered_with_the_sentence() -> None:
    doubtful = replace(READ, exact=0.1)
    writer = Writer(FakeGenerator(), load_prompts(), Settings())
    assert texts(writer, "Who founded it?", doubtful) == [FOUNDED]
    assert in_full("Who founded it?", READ) is None
    long = "Maria Lopez founded it " + "and sold bread " * 20
    assert in_full("Who?", replace(doubtful, hit=hit(long), quote=Span(0, len(long)))) is None
