from __future__ import annotations

import pytest

from qa.answering.writing.checks.check import Verdict, check, check_piece

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
        ("The best known work is the Tapestry.", "The best known work is the Tapestry, which is no tapestry."),
        ("The N7 stays until 2027.", "The town says the N7 stays until 2027 or later."),
        ("The classes are BPP and RP, which are old.", "Other classes are ZPP, BPP and RP, which are old."),
        ("The class has the complement problems.", "The class has the complement (yes/no reversed) problems."),
        ("They are BPP and RP, which are A; NC, which is B.", "They are BPP and RP, which are A; NC, which is B."),
    ],
)
def test_what_the_quote_says_is_supported(claim: str, quote: str) -> None:
    assert check(claim, quote) == Verdict(True)


@pytest.mark.parametrize(
    ("claim", "quote", "reason"),
    [
        pytest.param("Prices rose by 6 % in March.", SHARE, "does not have the number '6'", id="altered number"),
        pytest.param("Prices rose by 5.5 % in March.", SHARE, "does not have the number '5.5'", id="altered decimal"),
        pytest.param(
            "12,000 people lost their jobs.", SHARE, "does not have the number '12,000'", id="altered thousands"
        ),
        pytest.param(
            "The offensive began on November 27, 2012.", START, "does not have the number '2012'", id="added year"
        ),
        pytest.param("The offensive began on November 28.", START, "does not have the number '28'", id="altered date"),
        pytest.param("The offensive began on October 27.", START, "does not name 'October'", id="altered month"),
        pytest.param(
            "It was built in the eleventh century.",
            "It was built in the twelfth century.",
            "does not have the number 'eleventh'",
            id="ordinal",
        ),
        pytest.param(
            "It killed 200 people.",
            "It killed two hundred and six people.",
            "does not have the number '200'",
            id="number in several words",
        ),
        pytest.param(
            "They lost 3 million jobs.", "They lost 3 billion jobs.", "does not have the number '3 million'", id="scale"
        ),
        pytest.param(
            "Seven people lost their jobs in March.", SHARE, "does not have the number 'Seven'", id="number in words"
        ),
        pytest.param("The rebel offensive began in Damascus.", START, "does not name 'Damascus'", id="swapped place"),
        pytest.param(
            "Syria announced that it would hold talks in Qatar.", TALKS, "does not name 'Syria'", id="swapped name"
        ),
        pytest.param("Turkey would not hold talks with Russia.", TALKS, "does not negate it", id="inserted not"),
        pytest.param("Turkey would never hold talks with Russia.", TALKS, "does not negate it", id="inserted never"),
        pytest.param("The offensive didn't begin in Aleppo.", START, "does not negate it", id="inserted n't"),
        pytest.param("Losing Homs would mean the end of the rule.", DENIAL, "negates it", id="removed not"),
        pytest.param("He ate", "He ate nothing.", "negates it", id="cut before not"),
        pytest.param("He saw the ships", "It is not that he saw the ships.", "negates it", id="cut after not"),
        pytest.param(
            "He signed it and she did not",
            "He signed it and she did not object.",
            "negates something else",
            id="cut at not",
        ),
        pytest.param(
            "Italy praised Brazil",
            "Brazil lost, and the coach of Italy praised Brazil.",
            "has the names in another order",
            id="cut from its actor",
        ),
        pytest.param(
            "The death toll has reached 826 people.", START, "does not have the number '826'", id="another passage"
        ),
        pytest.param(
            "The offensive began with a speech by the minister of health.",
            START,
            "does not speak of 'speech'",
            id="invented rest",
        ),
        pytest.param(
            "The bakery was in the hands of the baker.",
            "The bakery is in the centre of the town.",
            "does not speak of 'hands'",
            id="shared words that carry no meaning",
        ),
        pytest.param(
            "Aleppo and Homs saw heavy losses among civilians.",
            "The army took Aleppo and Homs.",
            "does not speak of 'saw'",
            id="shared names alone",
        ),
        pytest.param("The offensive killed 826 people in Aleppo.", TOLL, "does not name 'Aleppo'", id="stitched place"),
    ],
)
def test_what_the_quote_does_not_say_is_turned_away_with_the_reason(claim: str, quote: str, reason: str) -> None:
    assert check(claim, quote) == Verdict(False, f"the quote {reason}")


def test_a_claim_of_function_words_says_nothing() -> None:
    assert check("The.", START) == Verdict(False, "the claim says nothing")


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        # Another number of the quote counts something else, or the same again elsewhere.
        ("On November 27 the rebels came.", "On November 27, 300 rebels came to Aleppo."),
        ("It killed 826 and wounded 40.", "It killed 826, wounded 40 and destroyed 12 houses."),
        ("826 people were killed in the raid.", "The number of people killed in the raid is put at 826."),
        ("826 people were killed.", "826 innocent people were killed, and 40 people were wounded."),
        ("826 people fled.", "826 mostly very young people fled, and 40 people were wounded."),
        ("The bakery is one of the oldest.", "The bakery is among the oldest in the region."),
    ],
)
def test_a_number_may_stand_apart_from_what_it_counts(claim: str, quote: str) -> None:
    assert check(claim, quote) == Verdict(True)


@pytest.mark.parametrize(
    ("claim", "quote", "counted"),
    [
        ("The death toll has reached 826 civilians.", TOLL, "civilians"),
        (
            "826 people were killed in the battle.",
            "826 soldiers were killed in the battle, and 111 people were wounded.",
            "people",
        ),
        ("The owner bought 12 rooms.", "Room 12 was painted, and the owner later bought 40 rooms.", "rooms"),
        (
            "It killed 826 people.",
            "It killed 826 soldiers and angered the people, and another 111 people fled.",
            "people",
        ),
        ("It killed 826 people.", "It killed 826 soldiers, frightened people; 111 people fled.", "people"),
        ("One bakery opened.", "Seven bakeries opened.", "bakery"),
    ],
)
def test_a_number_is_not_moved_to_what_another_number_counts(claim: str, quote: str, counted: str) -> None:
    assert check(claim, quote) == Verdict(False, f"the quote has another number for {counted!r}")


def test_the_pronoun_one_does_not_excuse_the_numbers_after_it() -> None:
    verdict = check("One of the bakeries has 9 rooms.", "The bakeries have rooms.")
    assert verdict == Verdict(False, "the quote does not have the number '9'")


ATTACK = "On the border, Turkey attacked Russia."
ATTACKED = "On the border, Turkey was attacked by Russia."


@pytest.mark.parametrize(
    ("claim", "quote", "supported"),
    [
        ("Then Turkey attacked Russia.", ATTACK, True),
        ("Then Russia attacked Turkey.", ATTACK, False),
        ("Then Russia was attacked by Turkey.", ATTACK, True),
        ("Then Turkey was attacked by Russia.", ATTACKED, True),
        ("Then Russia was attacked by Turkey.", ATTACKED, False),
        ("Then Russia attacked Turkey.", ATTACKED, True),
        # A word that opens the claim is a name if it is one in the quote.
        ("Turkey attacked Russia.", ATTACK, True),
        ("Russia attacked Turkey.", "Turkey attacked Russia.", False),
        ("Russia was attacked by Turkey.", "Turkey attacked Russia.", True),
        ("Turkey was attacked by Russia.", "Russia was attacked by Turkey.", False),
        ("Maria Lopez sued Hilltown.", "Hilltown sued Maria Lopez.", False),
        ("Bakeries feed Hilltown.", "In Hilltown, bakeries feed all.", True),
        # "Is" says the same both ways.
        ("Damascus is the capital of Syria.", "The capital of Syria, Damascus, fell.", True),
    ],
)
def test_names_change_places_only_with_a_passive(claim: str, quote: str, supported: object) -> None:
    assert check(claim, quote) == (
        Verdict(True) if supported else Verdict(False, "the quote has the names in another order")
    )


def test_a_compound_name_may_be_taken_apart_in_the_quote() -> None:
    quote = "The border between Turkey and Syria was closed."
    assert check("They closed the Turkey-Syria border.", quote, question="Who closed it?") == Verdict(True)
    verdict = check("They closed the Turkey-Iraq border.", quote, question="Who closed it?")
    assert verdict == Verdict(False, "the quote does not name 'Turkey-Iraq'")


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("The bakery sold bread.", "The mayor did not attend the opening, but the bakery sold bread."),
        ("The bakery opened.", "The mayor could not come, but still the bakery opened."),
        ("Rebels took the town.", "Rebels without uniforms or papers soon took the town."),
    ],
)
def test_a_quote_may_negate_something_else_than_the_claim(claim: str, quote: str) -> None:
    assert check(claim, quote) == Verdict(True)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("The mayor resigned.", "The mayor has not resigned, despite months of protests."),
        ("The bakery sold bread.", "The bakery never in those years sold bread."),
    ],
)
def test_a_claim_is_not_what_the_quote_negates(claim: str, quote: str) -> None:
    assert check(claim, quote) == Verdict(False, "the quote negates it")


def test_words_of_the_question_may_be_repeated_but_not_its_names() -> None:
    quote = "It was founded by Maria Lopez."
    assert check("The bakery was founded by Maria Lopez.", quote, question="Who founded the bakery?").supported
    assert not check(
        "The Obama bakery was founded by Maria Lopez.", quote, question="Who founded the Obama bakery?"
    ).supported


def test_words_of_the_question_alone_are_no_claim_of_the_quote() -> None:
    verdict = check("The bakery opened.", "It was founded by Maria Lopez.", question="When did the bakery open?")
    assert verdict == Verdict(False, "the claim shares no word with the quote")


def test_a_piece_is_not_cut_from_under_a_negation() -> None:
    quote = "It would not mean the end of the rule."
    assert check_piece("mean the end", quote.index("mean"), quote) == Verdict(False, "the quote negates it")
    assert check_piece("end", quote.index("end"), quote) == Verdict(False, "the quote negates it")
    assert check_piece("not mean the end", quote.index("not"), quote) == Verdict(True)
    assert check_piece("of the rule", quote.index("of the rule"), quote) == Verdict(True)


@pytest.mark.parametrize(
    ("language", "quote", "supported", "refused"),
    [
        ("de", "Täglich nutzen rund 4.200 Autos die Brücke.", "4200 Autos nutzen die Brücke.", "4,2 Autos nutzen sie."),
        (
            "de",
            "Die Stadt sperrt die Brücke nicht.",
            "Die Stadt sperrt die Brücke nicht.",
            "Die Stadt sperrt die Brücke.",
        ),
        ("ar", "بلغ ثمن التذكرة ٤٫٥ دينار.", "ثمن التذكرة 4.5 دينار.", "ثمن التذكرة 45 دينار."),
        ("ar", "قالت المديرة ليلى ذلك.", "قالت ليلى ذلك.", "قالت سارة ذلك."),
        ("hi", "टिकट ४.५ लाख रुपये का है।", "टिकट 450000 रुपये का है।", "टिकट 45 रुपये का है।"),
        ("ru", "Билет стоит 5 тыс. рублей.", "Билет стоит 5000 рублей.", "Билет стоит 50 рублей."),
        ("tr", "Müze pazartesi günü açılmıyor.", "Müze pazartesi açılmıyor.", "Müze pazartesi günü açılıyor."),
        ("zh", "修复共花费两千六百万元。", "花费2600万元。", "花费260万元。"),
        ("zh", "县长没有来。", "县长没有来。", "县长来。"),
        ("th", "ตั๋วราคา ๔๐ บาท", "ตั๋วราคา 40 บาท", "ตั๋วราคา 4 บาท"),
    ],
)
def test_a_claim_is_checked_in_the_language_of_its_quote(
    language: str, quote: str, supported: str, refused: str
) -> None:
    assert check(supported, quote, language=language).supported
    assert not check(refused, quote, language=language).supported


def test_a_piece_from_under_a_negation_is_noticed_in_other_languages() -> None:
    quote = "Sie sperrt die Brücke nicht im Herbst."
    assert not check_piece("im Herbst", quote.index("im"), quote, "de").supported
    assert check_piece("die Brücke", quote.index("die"), quote, "de").supported


def test_an_article_of_another_language_is_no_number() -> None:
    assert check("Ein Ingenieur prüfte die Brücke.", "Der Ingenieur prüfte die Brücke.", language="de").supported
