from __future__ import annotations

import pytest

from qa.answering.writing.checks.doubt import in_doubt


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Karl Lang killed the guard.", "Prosecutors failed to show that Karl Lang killed the guard."),
        ("Mark Tull robbed the bank.", "Police allege that Mark Tull robbed the bank."),
        ("Otto Ruhl received 4 million dollars.", "Otto Ruhl denied that he had received 4 million dollars."),
        ("Anna Bell became mayor.", "Had the vote passed, Anna Bell would have become mayor."),
        ("Lea Stein signed the treaty.", "All members but Lea Stein signed the treaty."),
        ("Mia Gold climbed the tower.", "Mia Gold tried to climb the tower."),
        ("Sara Finn", "The prize went to Tom Wick instead of Sara Finn."),
        ("The bridge may open.", "The bridge might open."),
    ],
)
def test_what_the_quote_doubts_is_no_plain_fact(claim: str, quote: str) -> None:
    assert in_doubt(claim, quote)


@pytest.mark.parametrize(
    ("claim", "quote", "question"),
    [
        ("The bakery opened.", "The mayor could not come, but still the bakery opened.", ""),
        ("Police allege that he robbed it.", "Police allege that he robbed the bank.", ""),
        ("5,000 dollars", "He tried to sell it for 5,000 dollars.", "For how much did he try to sell it?"),
        ("It opened in May.", "It opened in May 1990.", ""),
        ("The bakery is near the school.", "The bakery stands near the school.", ""),
        ("Everyone signed.", "Everyone signed the treaty of Moor.", ""),
    ],
)
def test_what_it_does_not_doubt_is(claim: str, quote: str, question: str) -> None:
    assert not in_doubt(claim, quote, question)
