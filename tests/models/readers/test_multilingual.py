from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import ModelError
from qa.models.multilingual import MultilingualEncoder
from qa.models.nano_e5 import packaged_file
from qa.models.readers.multilingual import MultilingualReader

ASKED = [
    ("Wann wurde die Brücke gebaut?", "Die Brücke wurde 1874 gebaut.", "1874"),
    ("¿Quién dirige el museo?", "El museo lo dirige Carmen Ruiz desde hace tres años.", "Carmen Ruiz"),
    ("桥是什么时候建成的？", "这座桥于1874年建成，去年修复。", "1874年"),
    ("When was the bridge built?", "Мост построили в 1874 году.", "1874"),
]


@pytest.fixture(scope="module")
def reader() -> MultilingualReader:
    file = packaged_file()
    assert file is not None
    return MultilingualReader(MultilingualEncoder(file))


@pytest.mark.real
@pytest.mark.parametrize(("question", "text", "answer"), ASKED)
def test_an_answer_is_a_span_of_the_text(reader: MultilingualReader, question: str, text: str, answer: str) -> None:
    ((best, *_),) = reader.read(question, [text])
    assert answer in text[best.start : best.end]


@pytest.mark.real
def test_texts_keep_their_order_and_what_does_not_answer_scores_less(reader: MultilingualReader) -> None:
    question, text, _ = ASKED[0]
    other = "Die Suppe wird mit Salz gewürzt, und danach wird sie lange gekocht."
    first, second = reader.read(question, [other, text])
    assert second[0].answerable > first[0].answerable
    assert reader.read(question, []) == []


@pytest.mark.real
def test_a_long_text_is_cut(reader: MultilingualReader) -> None:
    ((best, *_),) = reader.read(ASKED[0][0], [ASKED[0][1] + " Es war ein schöner Tag." * 200])
    assert best.end < 1500


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="--reader none"):
        MultilingualReader(MultilingualEncoder(tmp_path / "weights.bin"), folder=tmp_path)
