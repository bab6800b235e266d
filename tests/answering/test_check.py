from __future__ import annotations

import pytest

from qa.answering.check import check, check_piece, keeps_order, restates

TOLL = "According to the Observatory, the death toll has reached 826 people, including 111 civilians."
START = "The recent rebel offensive began on November 27 in Aleppo."
TALKS = "Turkey announced that it would hold talks with Russia and Iran in Qatar."
DENIAL = "Losing Homs would not necessarily mean the end of the rule of Assad."
SHARE = "Prices rose by 5 % in March, and 1,200 people lost their jobs."


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("The death toll has reached 826 people.", TOLL),
        ("826 people, including 111 civilians", TOLL),
        ("The death toll includes 111 civilians.", TOLL),
        ("The offensive began on November 27.", START),
        ("November 27", START),
        ("The rebel offensive began in Aleppo.", START),
        ("Turkey would hold talks with Russia in Qatar.", TALKS),
        ("The talks in Qatar would be about Russia and Iran.", TALKS),
        ("Losing Homs would not mean the end of the rule.", DENIAL),
        ("1200 people lost their jobs.", SHARE),
        ("Prices rose by five % in March.", SHARE),
        ("Five kilometers", "They stood 5 kilometers away."),
        ("It killed 200 people.", "It killed two hundred people."),
        ("It killed two hundred and six people.", "It killed 206 people."),
        ("It was built in the twelfth century.", "It was built in the 12th century."),
        ("They lost 3 million jobs.", "They lost three million jobs."),
    ],
)
def test_what_the_quote_says_is_supported(claim: str, quote: str) -> None:
    verdict = check(claim, quote)
    assert verdict.supported, verdict.reason


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        pytest.param("Prices rose by 6 % in March.", SHARE, id="altered number"),
        pytest.param("Prices rose by 5.5 % in March.", SHARE, id="altered decimal"),
        pytest.param("12,000 people lost their jobs.", SHARE, id="altered thousands"),
        pytest.param("The offensive began on November 27, 2012.", START, id="added year"),
        pytest.param("The offensive began on November 28.", START, id="altered date"),
        pytest.param("The offensive began on October 27.", START, id="altered month"),
        pytest.param("It was built in the eleventh century.", "It was built in the twelfth century.", id="ordinal"),
        pytest.param("It killed 200 people.", "It killed two hundred and six people.", id="number in several words"),
        pytest.param("They lost 3 million jobs.", "They lost 3 billion jobs.", id="scale"),
        pytest.param("Seven people lost their jobs in March.", SHARE, id="number in words"),
        pytest.param("The death toll has reached 826 civilians.", TOLL, id="number of something else"),
        pytest.param("The rebel offensive began in Damascus.", START, id="swapped place"),
        pytest.param("Syria announced that it would hold talks in Qatar.", TALKS, id="swapped name"),
        pytest.param("Russia announced talks with Turkey in Qatar.", "Turkey announced talks with Russia.", id="roles"),
        pytest.param("Turkey would not hold talks with Russia.", TALKS, id="inserted not"),
        pytest.param("Turkey would never hold talks with Russia.", TALKS, id="inserted never"),
        pytest.param("The offensive didn't begin in Aleppo.", START, id="inserted n't"),
        pytest.param("Losing Homs would mean the end of the rule.", DENIAL, id="removed not"),
        pytest.param("The death toll has reached 826 people.", START, id="quote of another passage"),
        pytest.param("The offensive began with a speech by the minister of health.", START, id="invented rest"),
        pytest.param("The offensive killed 826 people in Aleppo.", TOLL, id="stitched place"),
        pytest.param("The.", START, id="nothing said"),
    ],
)
def test_what_the_quote_does_not_say_is_not(claim: str, quote: str) -> None:
    verdict = check(claim, quote)
    assert not verdict.supported
    assert verdict.reason


def test_words_of_the_question_may_be_repeated_but_not_its_names() -> None:
    quote = "It was founded by Maria Lopez."
    assert check("The bakery was founded by Maria Lopez.", quote, question="Who founded the bakery?").supported
    assert not check(
        "The Obama bakery was founded by Maria Lopez.", quote, question="Who founded the Obama bakery?"
    ).supported


def test_a_piece_is_not_cut_from_under_a_negation() -> None:
    quote = "It would not mean the end of the rule."
    assert not check_piece("mean the end", quote.index("mean"), quote).supported
    assert check_piece("not mean the end", quote.index("not"), quote).supported
    assert check_piece("the rule", quote.index("the rule"), quote).supported


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


SPAWNED = "Thousands of schools, paid for by rich families, spawned the Lions, a group of students."


@pytest.mark.parametrize(
    ("claim", "answer", "quote", "kept"),
    [
        ("Thousands of schools spawned the Lions.", "the Lions", SPAWNED, True),
        ("The Lions spawned thousands of schools.", "the Lions", SPAWNED, False),
        ("The Lions were spawned by thousands of schools.", "the Lions", SPAWNED, True),
        ("The Lions spawned schools.", "The Lions", "The Lions were spawned by the schools of the north.", False),
        ("The village attacked the army.", "the army", "On Monday the army attacked the village.", False),
        ("The village was attacked by the army.", "the army", "On Monday the army attacked the village.", True),
        ("The mayor is Maria Lopez.", "Maria Lopez", "Maria Lopez, the mayor, came.", True),
        ("826 people were killed in the raid.", "826", "The number of people killed in the raid is put at 826.", True),
        ("The army came.", "the navy", "The navy came.", True),
    ],
)
def test_who_did_it_to_whom_is_kept(claim: str, answer: str, quote: str, kept: object) -> None:
    assert keeps_order(claim, answer, quote) is kept
