"""A written sentence only puts the question, the answer and the quote together."""

from __future__ import annotations

import pytest

from qa.answering.writing.checks.restate import (
    keeps_bound,
    keeps_counted,
    keeps_deed,
    keeps_order,
    keeps_roles,
    restates,
    speaks_to,
)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("The madrasahs spawned the Taliban.", True),
        ("The Taliban", True),
        ("The Taliban, supported by groups in Pakistan, was spawned by madrasahs.", True),
        ("The Taliban founded the groups in madrasahs.", False),
        ("The ministry said that madrasahs spawned the Taliban.", False),
    ],
)
def test_a_claim_restates_the_question_or_copies_the_quote(claim: str, expected: bool) -> None:  # noqa: FBT001
    quote = "Thousands of madrasahs, supported by groups in Pakistan, spawned the Taliban."
    assert restates(claim, "the Taliban", quote, question="What did the madrasahs spawn?") is expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("The Taliban are students from the north of Pakistan.", True),
        ("The Taliban are from the north of Pakistan.", True),
        ("The Taliban of the north", False),
        ("The Taliban of Pakistan", False),
        ("The Taliban are Pakistan.", False),
    ],
)
def test_three_words_in_the_order_of_the_quote_are_copied_and_fewer_are_not(claim: str, expected: object) -> None:
    quote = "Madrasahs spawned the Taliban, a movement of students from the north of Pakistan."
    assert restates(claim, "the Taliban", quote, question="What did the madrasahs spawn?") is expected


def test_a_verb_is_the_question_s_in_each_of_its_forms() -> None:
    quote, question = "In the 11th century the dukes of Normandy came to it.", "When did the reform begin?"
    assert restates("The reform began in the 11th century.", "the 11th century", quote, question=question)
    assert not restates("The reform ended in the 11th century.", "the 11th century", quote, question=question)


@pytest.mark.parametrize(
    ("claim", "answer", "quote", "question"),
    [
        ("His son took over the farm.", "son", "Now his son took over the firm; a farm was sold.", "Who took over?"),
        ("12 men died in the fire.", "12", "The fire killed 12, some of them men.", "How many died in the fire?"),
        (
            "The refugees went to Germany.",
            "Germany",
            "The refugees wanted to reach Germany, but many went home.",
            "Where did the refugees want to go?",
        ),
        ("The council cancelled it.", "council", "A council approved it, and cancelled a show.", "Who approved it?"),
        (
            "The city of Hilltown founded the museum.",
            "the city of Hilltown",
            "The museum, founded in 1911 by a teacher, is funded by the city of Hilltown.",
            "Who funded the museum?",
        ),
    ],
)
def test_another_word_with_the_same_consonants_is_no_form_of_it(
    claim: str, answer: str, quote: str, question: str
) -> None:
    assert not restates(claim, answer, quote, question=question)


@pytest.mark.parametrize(
    ("claim", "question", "kept"),
    [
        ("The police arrested 40 people.", "How many people did the police arrest?", True),
        ("40 people were arrested by the police.", "How many people did the police arrest?", True),
        ("40 people arrested the police.", "How many people did the police arrest?", False),
        ("A civil war led to the strikes.", "What did the strikes lead to?", False),
        ("The strikes led to a civil war.", "What did the strikes lead to?", True),
        ("In 1990 she led the bakery.", "When did she lead it?", True),
        ("Anna was King Paul of Norland.", "Who did Anna Marry?", False),
        ("The police arrested 40 people.", "What does it mean when strikes are led?", True),
    ],
)
def test_who_does_it_in_the_question_does_it_in_the_claim(claim: str, question: str, kept: object) -> None:
    quote = "King Paul of Norland married Anna; the police arrested 40 people after strikes that led to a civil war."
    assert keeps_roles(claim, question, quote) is kept


@pytest.mark.parametrize(
    ("claim", "quote", "kept"),
    [
        ("From 1204 the dukes ruled.", "The dukes ruled until 1204.", False),
        ("In 1204 the church was built.", "The church was built before 1204.", False),
        ("In the 1204 war it fell.", "It fell during the 1204 war.", True),
        ("It fell in 1204.", "The fall of 1204 ended it.", True),
    ],
)
def test_the_bound_of_an_answer_is_kept(claim: str, quote: str, kept: object) -> None:
    assert keeps_bound(claim, "1204", quote) is kept


SPAWNED = "Thousands of schools, paid for by rich families, spawned the Lions, a group of students."


@pytest.mark.parametrize(
    ("claim", "answer", "quote", "kept"),
    [
        ("Thousands of schools spawned the Lions.", "the Lions", SPAWNED, True),
        ("The Lions spawned thousands of schools.", "the Lions", SPAWNED, False),
        ("The Lions were spawned by thousands of schools.", "the Lions", SPAWNED, True),
        (
            "The book was published in Paris as The Lions.",
            "The Lions",
            "The book was published by Ann as The Lions.",
            True,
        ),
        ("The Lions were spawned in the north.", "The Lions", "The schools were spawned by the Lions.", False),
        ("The Lions spawned schools.", "The Lions", "The Lions were spawned by the schools of the north.", False),
        ("The village attacked the army.", "the army", "On Monday the army attacked the village.", False),
        ("The village was attacked by the army.", "the army", "On Monday the army attacked the village.", True),
        ("The mayor is Maria Lopez.", "Maria Lopez", "Maria Lopez, the mayor, came.", True),
        ("826 people were killed in the raid.", "826", "The number of people killed in the raid is put at 826.", True),
        ("The army came.", "the navy", "The navy came.", True),
        # What is called or named something is the same on both sides.
        ("Maria Lopez is the mayor.", "Maria Lopez", "The mayor, Maria Lopez, came.", True),
        ("The group bears the name the Lions.", "the Lions", "Called the Lions, the group protested.", True),
        # With shared words on both sides nothing can be said.
        ("On Monday the army attacked the village.", "the army", "The army attacked the village on Monday.", True),
        # "Is" says the same both ways only next to the answer.
        ("The village was shelling the army.", "army", "On Monday the army shelled the village.", False),
        ("The army itself was shelling the village.", "the army", "The village shelled the army.", False),
    ],
)
def test_who_did_it_to_whom_is_kept(claim: str, answer: str, quote: str, kept: object) -> None:
    assert keeps_order(claim, answer, quote) is kept


def test_a_claim_speaks_to_its_question() -> None:
    quote, question = "After the general was overthrown in 1985 the party lost.", "When was the general overthrown?"
    assert speaks_to("The general was overthrown in 1985.", question, quote)
    assert not speaks_to("In 1985 the party lost.", question, quote)
    assert speaks_to("In 1985 the party lost.", "What happened?", quote)


@pytest.mark.parametrize(
    ("claim", "question", "kept"),
    [
        ("Maria Lopez is the revolt.", "Who leads the revolt?", False),
        ("The revolt is Maria Lopez.", "Who leads the revolt?", False),
        ("Maria Lopez is leading the revolt.", "Who leads the revolt?", True),
        ("Maria Lopez is the leader.", "Who is the leader?", True),
        ("Maria Lopez is a commander of the revolt.", "Who leads the revolt?", True),
    ],
)
def test_who_does_it_is_not_what_it_is_done_to(claim: str, question: str, kept: object) -> None:
    assert keeps_deed(claim, "Maria Lopez", question) is kept


@pytest.mark.parametrize(
    ("claim", "kept"),
    [
        ("The number of people killed is 111.", False),
        ("Of the people killed 111 were civilians.", True),
        ("111 civilians are 111.", False),
    ],
)
def test_a_number_is_said_once_and_of_what_it_counts(claim: str, kept: object) -> None:
    quote, question = (
        "It puts the number of people killed at 826, of whom 111 were civilians.",
        "How many were civilians?",
    )
    assert keeps_counted(claim, "111", quote, question) is kept
