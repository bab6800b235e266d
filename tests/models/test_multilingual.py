from __future__ import annotations

import pytest

from qa.models.multilingual import PAD, MultilingualEncoder
from qa.models.nano_e5 import packaged_file


@pytest.fixture(scope="module")
def encoder() -> MultilingualEncoder:
    file = packaged_file()
    assert file is not None
    return MultilingualEncoder(file)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Das Tor öffnet um 9 Uhr", ["▁Das", "▁Tor", "▁öffnet", "▁um", "▁9", "▁Uhr"]),
        ("  ﬁne\t\nday ", ["▁fine", "▁day", "▁"]),
        ("北京是首都", ["▁", "北京", "是", "首都"]),
    ],
)
def test_texts_are_cut_as_the_model_was_trained(encoder: MultilingualEncoder, text: str, pieces: list[str]) -> None:
    assert encoder.tokens([text])[0].tokens == pieces


def test_a_text_holds_no_special_token(encoder: MultilingualEncoder) -> None:
    (encoded,) = encoder.tokens(["a <s> b </s> c <pad> d <mask> e"])
    assert not {"<s>", "</s>", "<pad>", "<mask>"} & {*encoded.tokens}
    assert encoded.offsets[-1][1] == len("a <s> b </s> c <pad> d <mask> e")


def test_rows_are_padded_and_masked(encoder: MultilingualEncoder) -> None:
    inputs = encoder.inputs([[5, 6, 7], [5]])
    assert inputs["word_vectors"].shape == (2, 3, 384)
    assert inputs["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert inputs["word_vectors"][1, 2] == pytest.approx(encoder.inputs([[PAD]])["word_vectors"][0, 0])
