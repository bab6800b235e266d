from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from qa.errors import UsageError
from qa.paths import config_file
from qa.settings import load_settings, masked, without_password


def write(text: str) -> Path:
    path = config_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_later_layer_wins_and_each_value_tells_where_it_is_from(monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("threads = 1\npassage_tokens = 50\nmin_confidence = 0.2\n")
    monkeypatch.setenv("QA_PASSAGE_TOKENS", "60")
    monkeypatch.setenv("QA_MIN_CONFIDENCE", "0.3")
    layered = load_settings({"min_confidence": 0.4, "model": None})
    assert (layered.settings.threads, layered.settings.passage_tokens, layered.settings.min_confidence) == (1, 60, 0.4)
    assert layered.origins["threads"] == str(path)
    assert layered.origins["passage_tokens"] == "environment, QA_PASSAGE_TOKENS"
    assert layered.origins["min_confidence"] == "flag"
    assert layered.origins["model"] == "default"


def test_the_home_decides_where_indexes_live(tmp_path: Path) -> None:
    assert load_settings().settings.index_dir == tmp_path / "home" / "indexes"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("threads = -1", "threads = -1"),
        ("threads = 'many'", "threads = 'many'"),
        ("min_confidence = 2.0", "min_confidence"),
        ("treads = 1", "no setting is called 'treads'"),
        ("threads =", "not a TOML file"),
    ],
)
def test_a_wrong_file_is_said(text: str, said: str) -> None:
    path = write(text)
    with pytest.raises(UsageError) as error:
        load_settings()
    assert said in str(error.value)
    assert str(path) in str(error.value)


def test_a_wrong_variable_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_THREADS", "many")
    with pytest.raises(UsageError, match="environment: threads = 'many'"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("LANGUAGE", "german"), ("LANGUAGE", "EN"), ("MAX_FILE_MB", "inf"), ("INDEX_DIR", "~nobody-of-that-name/x")],
)
def test_a_value_that_means_nothing_is_said(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"QA_{name}", value)
    with pytest.raises(UsageError, match=name.lower()):
        load_settings()


def test_a_named_file_must_exist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QA_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(UsageError, match="no such settings file"):
        load_settings()


def test_a_folder_is_read_from_every_layer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write("index_dir = '~/kept'\n")
    assert load_settings().settings.index_dir == Path.home() / "kept"
    monkeypatch.setenv("QA_INDEX_DIR", str(tmp_path))
    assert load_settings().settings.index_dir == tmp_path
    assert load_settings({"index_dir": tmp_path / "x"}).settings.index_dir == tmp_path / "x"
    write("index_dir = 5\n")
    monkeypatch.delenv("QA_INDEX_DIR")
    with pytest.raises(UsageError, match="index_dir"):
        load_settings()


def test_what_earlier_files_leave_empty_is_the_bundled_model(monkeypatch: pytest.MonkeyPatch) -> None:
    write("model = ''\nembedder = ''\nprompts_dir = ''\n")
    settings = load_settings().settings
    assert (settings.model, settings.embedder, settings.prompts_dir) == ("bundled", "bundled", "")
    monkeypatch.setenv("QA_MODEL", "small")
    assert load_settings().settings.model == "small"
    assert load_settings({"model": ""}).settings.model == "bundled"


@pytest.mark.parametrize(
    ("address", "shown", "without"),
    [
        ("", "", ""),
        ("postgresql://me@host/news", "postgresql://me@host/news", "postgresql://me@host/news"),
        (
            "postgresql://me:se:s@me@host:5432/news",
            "postgresql://me:***@host:5432/news",
            "postgresql://me@host:5432/news",
        ),
        ("postgresql://:sesame@host/news", "postgresql://:***@host/news", "postgresql://@host/news"),
        (
            "postgresql:///news?user=me&password=sesame&port=1",
            "postgresql:///news?user=me&password=***&port=1",
            "postgresql:///news?user=me&port=1",
        ),
        ("postgresql:///news?password=sesame", "postgresql:///news?password=***", "postgresql:///news?"),
        ("postgresql:///news?sslpassword=sesame", "postgresql:///news?sslpassword=***", "postgresql:///news?"),
    ],
)
def test_no_password_is_shown_or_sent(address: str, shown: str, without: str) -> None:
    assert masked(address) == shown
    assert without_password(address) == without
    if without:
        parsed = conninfo_to_dict(without)
        assert "sesame" not in str(parsed)
        assert parsed.get("dbname") == "news"
