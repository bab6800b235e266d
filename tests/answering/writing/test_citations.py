from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.answering.writing.citations import Claim, broken, claims, render
from qa.types import Citation, Document, Hit, Passage, Span, Supported
from tests.conftest import hit

FIRST, SECOND = "The bakery opened in 1990.", "Maria founded it."
TEXT = f"{FIRST} {SECOND}"


def test_a_text_is_cut_into_claims_with_their_markers() -> None:
    assert claims("It opened in 1990 [1]. Maria founded it in the U.S. in May [2][1]. It cost 1.5 million.") == [
        Claim("It opened in 1990.", (1,)),
        Claim("Maria founded it in the U.S. in May.", (2, 1)),
        Claim("It cost 1.5 million.", ()),
    ]


def test_a_marker_after_the_full_stop_belongs_to_the_claim_before() -> None:
    assert claims("It opened. [2] Maria came [1]") == [Claim("It opened.", (2,)), Claim("Maria came", (1,))]


def test_a_sentence_that_ends_before_and_behind_its_marker_ends_once() -> None:
    assert claims("It opened. [1]. Maria came. [2].") == [Claim("It opened.", (1,)), Claim("Maria came.", (2,))]


def test_a_marker_before_the_first_claim_belongs_to_none() -> None:
    assert claims("[1]It opened.") == claims("[1] It opened.") == [Claim("It opened.", ())]


def test_abbreviations_end_no_claim() -> None:
    text = "Dr. Smith et al. met Mr. Lopez on Jan. 5 [1]. They left."
    assert claims(text) == [Claim("Dr. Smith et al. met Mr. Lopez on Jan. 5.", (1,)), Claim("They left.", ())]


def test_what_only_looks_like_a_marker_is_no_text() -> None:
    assert claims("It opened [passage 1] then [x].") == [Claim("It opened then.", ())]
    assert claims(" [1] ") == []


def test_quotes_are_numbered_in_the_order_of_use_and_once() -> None:
    a = hit(TEXT, FIRST, SECOND)
    one, two = a.passage.sentences
    text, citations = render(
        [Supported("Maria founded it.", ((a, two),)), Supported("It opened", ((a, one), (a, two)))]
    )
    assert text == "Maria founded it [1]. It opened [2] [1]."
    assert [(c.number, c.quote) for c in citations] == [(1, SECOND), (2, FIRST)]
    assert broken(citations, TEXT) == []
    assert broken(citations, f" {TEXT}") == list(citations)


def test_white_space_at_the_end_of_a_claim_is_dropped() -> None:
    a = hit(TEXT, FIRST, SECOND)
    assert render([Supported("Maria founded it. ", ((a, a.passage.span),))])[0] == "Maria founded it [1]."


def test_a_citation_says_all_that_is_known_of_its_place() -> None:
    document = Document.from_text(
        "bakery.pdf",
        TEXT,
        title="The bakery",
        author="M. Lopez",
        date="2024-05-01",
        address="https://example.org/bakery.pdf",
        pages=(0, TEXT.index(SECOND)),
    )
    passage, quote = Span(4, len(TEXT)), Span(TEXT.index(SECOND), len(TEXT))
    place = Hit(document, Passage(passage, (quote,)), 0.9, 1.0)
    assert render([Supported("Maria founded it.", ((place, quote),))])[1] == (
        Citation(
            number=1,
            source="bakery.pdf",
            document_sha256=document.sha256,
            start=27,
            end=44,
            quote=SECOND,
            passage_start=4,
            passage_end=44,
            page=2,
            title="The bakery",
            author="M. Lopez",
            date="2024-05-01",
            address="https://example.org/bakery.pdf",
        ),
    )


def test_a_span_is_widened_to_the_sentences_it_touches() -> None:
    a = hit(TEXT, FIRST, SECOND)
    assert a.passage.sentences_at(Span(4, 10)).of(TEXT) == FIRST
    assert a.passage.sentences_at(Span(20, 30)).of(TEXT) == TEXT
    assert a.passage.sentences_at(Span(26, 27)) == Span(26, 27)


@given(st.text(max_size=100))
def test_any_text_gives_claims_without_markers(text: str) -> None:
    for claim in claims(text):
        assert claim.text.strip()
        assert "[1]" not in claim.text


def test_a_sentence_ends_with_the_full_stop_of_its_language() -> None:
    def said(text: str, language: str) -> str:
        place = Hit(Document.from_text("a", text, language=language), Passage(Span(0, 2), (Span(0, 2),)), 1.0, 1.0)
        return render([Supported(text, ((place, Span(0, 2)),))])[0]

    assert said("林晓梅", "zh") == "林晓梅 [1]。"
    assert said("चार रुपये", "hi") == "चार रुपये [1]।"
    assert said("สี่สิบบาท", "th") == "สี่สิบบาท [1]"
    assert said("هل هذا هو؟", "ar") == "هل هذا هو [1]؟"
    assert said("Karin Vogt", "de") == "Karin Vogt [1]."
