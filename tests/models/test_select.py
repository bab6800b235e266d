"""The models that the settings choose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from qa.answering.assistant import Assistant
from qa.answering.parts import with_model
from qa.conversation.conversation import Conversation
from qa.errors import ModelError, UsageError
from qa.models.embedders.minilm import BundledEmbedder
from qa.models.select import load_embedder, load_generator, load_other_reader, load_reader
from qa.settings import Settings, load_settings


@pytest.fixture
def _small_bundled_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "SmallLM.gguf"
    path.write_bytes(b"GGUF")
    for module in ("qa.models.files", "qa.models.generators.llama"):
        monkeypatch.setattr(f"{module}.bundled_file", lambda: path)
    monkeypatch.setattr("qa.models.generators.llama.LlamaGenerator.load", lambda _: None)


@pytest.mark.usefixtures("_small_bundled_model")
def test_bundled_names_the_generator_that_is_the_default(settings: Settings) -> None:
    assert settings.model == "bundled"
    for layers in ({}, {"model": "bundled"}, {"model": ""}):
        chosen = load_settings(layers).settings
        assert load_generator(chosen, chosen.model).name == "SmallLM"


@pytest.mark.usefixtures("_small_bundled_model")
def test_a_conversation_goes_back_to_the_bundled_model(make_assistant: Callable[..., Assistant]) -> None:
    assistant = make_assistant()
    assert with_model(assistant.parts, assistant.settings, "bundled").generator.name == "SmallLM"
    conversation = Conversation(assistant)
    conversation.use_model("bundled")
    assert assistant.parts.generator.name == "SmallLM"


def test_bundled_names_the_embedder_that_is_the_default() -> None:
    for layers in ({}, {"embedder": "bundled"}, {"embedder": ""}):
        assert isinstance(load_embedder(load_settings(layers).settings), BundledEmbedder)


def test_another_embedder_is_made_by_its_name() -> None:
    embedder = load_embedder(Settings(embedder="someone/else"))
    assert (embedder.name, isinstance(embedder, BundledEmbedder)) == ("someone/else", False)


def test_the_bundled_models_can_be_missing(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr("qa.models.select.bundled_folder", lambda: None)
    with pytest.raises(ModelError, match="the bundled embedder is missing"):
        load_embedder(settings)
    assert load_reader(settings) is None


def test_a_reader_is_bundled_none_or_in_a_folder() -> None:
    assert load_reader(Settings(reader="none")) is None
    with pytest.raises(UsageError, match="reader = 'large': must be bundled, small, none, or a folder"):
        load_reader(Settings(reader="large"))


@pytest.mark.real
def test_other_languages_have_an_embedder_of_their_own_and_it_can_be_chosen_for_all() -> None:
    both = load_embedder(Settings())
    assert both.in_language("en") is both
    assert both.in_language("de").name == "multilingual-e5-small"
    assert not both.multilingual
    assert both.in_language("de").multilingual
    assert load_embedder(Settings(embedder="multilingual")).in_language("en").name == "multilingual-e5-small"


def test_without_the_package_of_other_languages_the_english_models_take_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.models.select.packaged_file", lambda: None)
    embedder = load_embedder(Settings())
    assert embedder.in_language("de") is embedder
    assert load_other_reader(Settings()) is None
    with pytest.raises(ModelError, match=r"article-qa\[languages\]"):
        load_embedder(Settings(embedder="multilingual"))
