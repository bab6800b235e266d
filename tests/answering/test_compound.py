"""Questions with two parts are cut in two, and no others."""

from __future__ import annotations

import pytest

from qa.answering.compound import parts_of


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("When did she die, and where?", ("When did she die?", "Where?")),
        ("When and by whom was this written?", ("When was this written?", "By whom was this written?")),
        ("Who won and in which minute was the goal?", ("Who won?", "In which minute was the goal?")),
        ("Who won the cup and in which minute?", ("Who won the cup?", "In which minute?")),
        (
            "How much is a ticket for the ferry, and do I pay for my bike?",
            ("How much is a ticket for the ferry?", "Do I pay for my bike?"),
        ),
        ("what's it called and when is it out", ("what's it called?", "When is it out?")),
    ],
)
def test_two_parts_are_cut(question: str, parts: tuple[str, ...]) -> None:
    assert parts_of(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "Who leads the offensive?",
        "What is the difference between the first and which other plan?",
        "Which towns did the army and the rebels hold?",
        "How do France and Spain trade?",
        "And where is it?",
        "The mayor and what else?",
        "",
    ],
)
def test_one_part_stays_whole(question: str) -> None:
    assert parts_of(question) == (question,)
