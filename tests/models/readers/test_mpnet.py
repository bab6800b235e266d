"""The larger reader on a tiny one with random weights (made by ``make_data``), against what torch computed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import ModelError, UsageError
from qa.models.encoder import BundledEncoder, bundled_folder
from qa.models.packed import pack_4, pack_7, unpack_4, unpack_7
from qa.models.readers.mpnet import MPNetReader
from qa.models.select import load_reader
from qa.settings import Settings
from tests.models.readers.make_data import DATA, QUESTION, TEXTS, rows, tokenizer

FILES = ("large.onnx", "large.bin", "large.index.json", "large.json")


class TinyEncoder(BundledEncoder):
    """The bundled encoder with the vocabulary of the tiny reader."""

    tokenizer = tokenizer()


@pytest.fixture
def encoder() -> BundledEncoder:
    folder = bundled_folder()
    assert folder
    return TinyEncoder(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "reader"))


def test_the_scores_are_those_of_the_network(encoder: BundledEncoder) -> None:
    expected = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
    reader = MPNetReader(encoder, folder=DATA)
    differences = []
    for row, wanted in zip(rows(), expected, strict=True):
        for name, scores in zip(("start", "end", "answerable"), reader._scores([row]), strict=True):
            differences += list(np.ravel(scores) - np.ravel(wanted[name]))
    # What is left is the rounding of the matrices; the scores themselves are spread by 0.4.
    assert np.sqrt(np.mean(np.square(differences))) < 0.1


def test_answers_are_pieces_of_their_text_in_the_order_of_the_texts(encoder: BundledEncoder) -> None:
    readings = MPNetReader(encoder, folder=DATA).read(QUESTION, TEXTS)
    assert len(readings) == len(TEXTS)
    for text, spans in zip(TEXTS, readings, strict=True):
        assert spans
        assert all(0 <= s.start < s.end <= len(text) and text[s.start : s.end].strip(" .") for s in spans)
        assert [s.score for s in spans] == sorted((s.score for s in spans), reverse=True)
    assert MPNetReader(encoder, folder=DATA).read(QUESTION, []) == []


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named_with_the_command_that_makes_it(
    encoder: BundledEncoder, folder: Path, name: str
) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match=rf"{name}: missing; run `python -m qa\.training\."):
        MPNetReader(encoder, folder=folder)


@pytest.mark.parametrize(("name", "content"), [("large.bin", b"x"), ("large.index.json", b"[]"), ("large.onnx", b"x")])
def test_a_damaged_file_is_one_line(encoder: BundledEncoder, folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError) as raised:
        MPNetReader(encoder, folder=folder).read(QUESTION, TEXTS)
    assert "large." in str(raised.value)


def test_a_damaged_calibration_is_one_line(encoder: BundledEncoder, folder: Path) -> None:
    (folder / "large.json").write_text('{"score": 1}', encoding="utf-8")
    with pytest.raises(ModelError, match="not a calibration"):
        _ = MPNetReader(encoder, folder=folder).calibration


def test_the_setting_takes_a_folder_and_nothing_else(folder: Path) -> None:
    assert isinstance(load_reader(Settings(reader=str(folder))), MPNetReader)
    with pytest.raises(UsageError, match="must be bundled, small, none, or a folder"):
        load_reader(Settings(reader=str(folder / "none")))


@given(st.lists(st.integers(0, 15), min_size=1).map(lambda v: np.array(v * 2, dtype=np.uint8)))
def test_what_is_packed_in_4_bits_is_unpacked(values: np.ndarray) -> None:
    assert unpack_4(pack_4(values)).tolist() == values.tolist()


@given(st.lists(st.integers(0, 127), min_size=1).map(lambda v: np.array(v * 8, dtype=np.uint8)))
def test_what_is_packed_in_7_bits_is_unpacked(values: np.ndarray) -> None:
    assert unpack_7(pack_7(values)).tolist() == values.tolist()
