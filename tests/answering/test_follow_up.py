from __future__ import annotations

import pytest

from qa.answering.follow_up import leans, readings, standalone

LEADER = [("Who leads the group?", "Abu Omar leads the group [1].")]
TOLL = [("How many people were killed in the attack?", "826 people were killed [1].")]
GROUP = [("Which group leads the attack?", "The Free Lions (FL) lead the attack [1].")]
UNSAID = [("What is the treaty called?", "The article does not say.")]
PLACE = [("Where is the bakery of Maria Lopez?", "It is in Hilltown [1].")]


@pytest.mark.parametrize(
    ("history", "question", "expected"),
    [
        (LEADER, "How old is he?", "How old is Abu Omar?"),
        (LEADER, "And what is his goal?", "What is Abu Omar's goal?"),
        (LEADER, "Where does he live?", "Where does Abu Omar live?"),
        (TOLL, "And how many of them were civilians?", "How many of the people killed in the attack were civilians?"),
        (TOLL, "And how many may be displaced?", "How many people may be displaced?"),
        (LEADER, "How many were hurt?", "Who leads the group, and how many were hurt?"),
        (GROUP, "What was it called before?", "What was Free Lions (FL) called before?"),
        (PLACE, "When did she open it?", "When did Maria Lopez open it?"),
        ([("What is a solar flare?", "A burst of light.")], "How does it form?", "How does A burst of light form?"),
        ([*LEADER, ("How old is he?", "42.")], "Where was he born?", "Where was Abu Omar born?"),
        (LEADER, "Why?", "Who leads the group, and why?"),
        (LEADER, "What about the army?", "Who leads the group, and what about the army?"),
        (LEADER, "And in Homs?", "Who leads the group, and in Homs?"),
        (UNSAID, "When was it signed?", "When was the treaty signed?"),
    ],
)
def test_what_a_question_leans_on_is_put_in(history: list[tuple[str, str]], question: str, expected: str) -> None:
    assert standalone(question, history) == expected


@pytest.mark.parametrize(
    "question",
    [
        "When did Assad say that he would go?",
        "What does the army call its withdrawal?",
        "In what year did the war begin?",
        "On which day did Homs fall?",
        "Is it true that Homs fell?",
        "How many people were driven from their homes?",
        "Were there any civilians in Hama?",
        "Which cities have the rebels taken?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert not leans(question)
    assert standalone(question, LEADER) == question


def test_without_a_conversation_nothing_is_changed() -> None:
    assert standalone("And how old is he?", []) == "And how old is he?"


def test_a_short_question_in_another_language_leans_on_the_one_before() -> None:
    told = [("Wann wurde die Brücke gebaut?", "1874.")]
    assert standalone("Warum?", told, "de") == "Wann wurde die Brücke gebaut, und Warum?"
    assert standalone("Wer bezahlt die Sanierung?", told, "de") == "Wer bezahlt die Sanierung?"
    assert standalone("为什么？", [("茶市何时关闭？", "十年前。")], "zh") == "茶市何时关闭，为什么？"
    assert standalone("设计师保留了什么？", [("茶市何时关闭？", "十年前。")], "zh") == "设计师保留了什么？"


def test_whom_a_question_names_before_the_pronoun_may_be_meant() -> None:
    asked = "And the head of the army, is he sure?"
    assert readings(asked, LEADER) == ("The head of the army, is Abu Omar sure?", asked)
    assert len(readings("And is he sure?", LEADER)) == 1


def test_a_short_question_that_names_nothing_may_be_meant_in_two_ways() -> None:
    told = [("Wann wurde die Brücke gebaut?", "1874.")]
    both = {"Wer ist Bürgermeister?", "Wann wurde die Brücke gebaut, und Wer ist Bürgermeister?"}
    assert {*readings("Wer ist Bürgermeister?", told, "de")} == both
    assert readings("Warum?", told, "de") == ("Wann wurde die Brücke gebaut, und Warum?", "Warum?")
    long = "Wer hat die Sanierung der alten Brücke bezahlt?"
    assert readings(long, told, "de") == (long,)
    assert readings("Wer?", [], "de") == ("Wer?",)
    assert readings("Who won?", LEADER) == (standalone("Who won?", LEADER), "Who won?")
    assert len(readings("How old is he?", LEADER)) == 1
