from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from qa.index.passages import split
from qa.text.sentences import sentences
from qa.types import Passage
from tests.conftest import TEXT


def words(texts: Sequence[str]) -> list[int]:
    return [len(t.split()) for t in texts]


def passages(text: str, *, size: int = 12, overlap: int = 1) -> list[Passage]:
    return split(text, words, max_tokens=size, overlap_sentences=overlap)


def test_sentences_keep_abbreviations_together() -> None:
    text = "Dr. Smith left at 5 p.m. on Nov. 27. U.S. forces moved 1.5 km."
    assert [s.of(text) for s in sentences(text)] == [
        "Dr. Smith left at 5 p.m. on Nov. 27.",
        "U.S. forces moved 1.5 km.",
    ]


def test_passages_follow_sentences_and_overlap() -> None:
    texts = [p.span.of(TEXT) for p in passages(TEXT)]
    assert texts[0] == "The bakery opened in 1990. Maria Lopez founded it in Hilltown."
    assert texts[1].startswith("Maria Lopez founded it in Hilltown.")
    assert texts[-1].endswith("The mayor did not attend the opening.")


def test_without_overlap_each_sentence_stands_once() -> None:
    spans = [s for p in passages(TEXT, overlap=0) for s in p.sentences]
    assert spans == sentences(TEXT)


def test_a_sentence_longer_than_a_passage_is_cut_between_words() -> None:
    text = " ".join(f"word{n}" for n in range(50)) + "."
    made = passages(text, size=10)
    assert len(made) == 5
    assert all(p.span.of(text).startswith("word") for p in made)


def test_a_word_longer_than_a_passage_is_cut() -> None:
    text = "x" * 1000
    made = split(text, lambda texts: [len(t) for t in texts], max_tokens=100, overlap_sentences=1)
    assert "".join(p.span.of(text) for p in made) == text


PROSE = st.text(alphabet=st.sampled_from("ab .!?\n“”é中\U0001f600"), max_size=200)


@given(PROSE, st.integers(1, 12), st.integers(0, 3))
def test_every_word_is_in_a_passage_at_its_place(text: str, size: int, overlap: int) -> None:
    made = passages(text, size=size, overlap=overlap)
    covered: set[int] = set()
    for passage in made:
        assert words([s.of(text) for s in passage.sentences]) != []
        assert passage.span.start == passage.sentences[0].start
        assert passage.span.end == passage.sentences[-1].end
        assert sum(words([s.of(text) for s in passage.sentences])) <= max(size, 1)
        covered.update(range(passage.span.start, passage.span.end))
    assert all(n in covered for s in sentences(text) for n in range(s.start, s.end) if not text[n].isspace())


@given(PROSE)
def test_every_letter_is_in_a_sentence(text: str) -> None:
    inside = {n for s in sentences(text) for n in range(s.start, s.end)}
    assert all(n in inside for n, c in enumerate(text) if c.isalnum())
