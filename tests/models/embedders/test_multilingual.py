from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.errors import ModelError
from qa.models.embedders.multilingual import MultilingualEmbedder
from qa.models.multilingual import MultilingualEncoder
from qa.models.nano_e5 import packaged_file

if TYPE_CHECKING:
    from qa.types import Vectors

TEXTS = [
    "The council closed the bridge for seven months.",
    "Der Stadtrat sperrt die Brücke für sieben Monate.",
    "El ayuntamiento cerró el puente durante siete meses.",
    "Совет закрыл мост на семь месяцев.",
    "أغلق المجلس الجسر لمدة سبعة أشهر.",
    "Belediye köprüyü yedi ay boyunca kapattı.",
    "परिषद ने पुल को सात महीने के लिए बंद कर दिया।",
    "市议会将这座桥关闭七个月。",
    "สภาเมืองปิดสะพานเป็นเวลาเจ็ดเดือน",
    "Hội đồng đóng cầu trong bảy tháng.",
    "Το συμβούλιο έκλεισε τη γέφυρα για επτά μήνες.",
    "Consiliul a închis podul pentru șapte luni.",
]


@pytest.fixture(scope="module")
def embedder() -> MultilingualEmbedder:
    file = packaged_file()
    assert file is not None
    return MultilingualEmbedder(MultilingualEncoder(file))


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Vectors]:
    """The engine of the package itself, built from the source that it carries."""
    weights = packaged_file()
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    assert weights is not None
    assert compiler, "a C compiler, which setting up needs too"
    library = tmp_path_factory.mktemp("engine") / "engine.so"
    source = weights.with_name("e5.c")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", str(source), "-o", str(library), "-lm"], check=True)
    engine = ctypes.CDLL(str(library))
    engine.e5_load.restype = ctypes.c_void_p
    engine.e5_load.argtypes = [ctypes.c_char_p]
    engine.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_float)]
    model = engine.e5_load(str(weights).encode())

    def embed(text: str, is_question: int) -> Vectors:
        values = (ctypes.c_float * 384)()
        engine.e5_embed(model, text.encode(), is_question, values)
        return np.array(values, dtype=np.float32)

    return embed


@pytest.mark.real
def test_vectors_are_those_of_the_packages_own_engine(
    embedder: MultilingualEmbedder, reference: Callable[[str, int], Vectors]
) -> None:
    for text, vector in zip(TEXTS, embedder.encode(TEXTS), strict=True):
        assert vector @ reference(text, 0) >= 0.999
    question = "Wie lange ist die Brücke gesperrt?"
    assert embedder.encode_question(question) @ reference(question, 1) >= 0.999


@pytest.mark.real
def test_a_question_finds_its_answer_in_every_language(embedder: MultilingualEmbedder) -> None:
    asked = embedder.encode_question("How long will the bridge be closed?")
    other = embedder.encode(["Die Suppe wird mit Salz und Pfeffer gewürzt."])[0]
    assert all(vector @ asked > other @ asked for vector in embedder.encode(TEXTS))


@pytest.mark.real
def test_a_text_is_the_same_alone_and_among_longer_ones(embedder: MultilingualEmbedder) -> None:
    done: list[int] = []
    long = " ".join(TEXTS * 8)
    together = embedder.encode([TEXTS[1], long, TEXTS[7]], progress=done.append)
    assert done[-1] == 3
    assert together[0] @ embedder.encode([TEXTS[1]])[0] == pytest.approx(1, abs=2e-3)
    assert np.linalg.norm(together, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert embedder.count_tokens([long])[0] > embedder.max_tokens


def test_a_missing_graph_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="install the package again"):
        MultilingualEmbedder(MultilingualEncoder(tmp_path / "weights.bin"), folder=tmp_path)
