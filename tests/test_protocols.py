"""The fakes of the tests stand for any model: they satisfy the protocols, and inherit nothing of the real ones."""

from __future__ import annotations

import pytest

from qa.protocols import Embedder, Generator, Reader
from tests.conftest import FakeEmbedder, FakeGenerator, FakeReader

# The annotations let mypy compare the signatures.
EMBEDDER: Embedder = FakeEmbedder()
GENERATOR: Generator = FakeGenerator("It opened in 1990 [1].")
READER: Reader = FakeReader("1990")


@pytest.mark.parametrize(("protocol", "fake"), [(Embedder, EMBEDDER), (Generator, GENERATOR), (Reader, READER)])
def test_a_fake_implements_its_protocol_by_itself(protocol: type, fake: object) -> None:
    assert type(fake).__bases__ == (object,)
    members = {n for n in [*vars(protocol), *protocol.__annotations__] if not n.startswith("_")}
    assert members
    assert [n for n in sorted(members) if not hasattr(fake, n)] == []
