"""Bad input of every kind: one clear line, the right status, bounded time and memory, nothing raw on the terminal."""

from __future__ import annotations

import io
import os
import re
import time
import unicodedata
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from qa.answering.assistant import Assistant
from qa.answering.parts import Parts
from qa.answering.prompts import load_prompts
from qa.errors import QAError, SourceError
from qa.index.builder import IndexBuilder
from qa.settings import Settings
from qa.sources.find import expand
from qa.sources.read import load
from qa.text.display import clean, one_line
from qa.types import Limits, Message
from tests.conftest import TEXT, FakeEmbedder, FakeGenerator, FakeReader

SMALL = Limits(bytes=3_000_000, characters=1_000_000, seconds=20.0, memory=600_000_000)
CLEVER = "\x1b[31mred\x1b]0;title\x07\r\u202eevil\u200b\u2066\x9b1m\x00\u2028"


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return made.getvalue()


def bomb(document: bytes, name: str, *, size: int) -> bytes:
    """Put so much white space into one part of a whole document that it unpacks to ``size`` bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as whole, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for item in whole.namelist():
            content = whole.read(item)
            if item.endswith(name):
                cut = content.rindex(b"</")
                content = content[:cut] + b"<!--" + b" " * size + b"-->" + content[cut:]
            archive.writestr(item, content)
    return made.getvalue()


@cache
def samples() -> dict[str, bytes]:
    from tests.torture.samples import SAMPLES

    docx, epub, odt, pdf = (SAMPLES[s][0] for s in (".docx", ".epub", ".odt", ".pdf"))
    return {
        "nothing.txt": b"",
        "blank.md": b" \n\t\n",
        "nul.txt": b"a\0b",
        "binary.txt": bytes(range(256)) * 40,
        "large.txt": b"x" * 3_000_001,
        "deep.html": b"<div>" * 200_000 + b"x" + b"</div>" * 200_000,
        "entity.html": b"<html><body>&#xD800;&#0;</body></html>",
        "broken.pdf": pdf[:200],
        "nothing.pdf": b"%PDF-1.7\n",
        "broken.docx": docx[: len(docx) // 2],
        "bomb.docx": bomb(docx, "document.xml", size=400_000_000),
        "bomb.odt": bomb(odt, "content.xml", size=400_000_000),
        "bomb.epub": bomb(epub, ".xhtml", size=400_000_000),
        "no.epub": zipped(mimetype=b"application/epub+zip"),
        "mail.eml": b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 2000,
        "page.mhtml": b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n!!!!",
        "nest.rtf": b"{\\rtf1" + b"{" * 300_000,
        "lonely": b"x",
        "program.exe": b"MZ",
    }


@pytest.mark.parametrize(
    "name",
    "nothing.txt blank.md nul.txt binary.txt large.txt deep.html entity.html broken.pdf nothing.pdf broken.docx "
    "bomb.docx bomb.odt bomb.epub no.epub mail.eml page.mhtml nest.rtf lonely program.exe".split(),
)
def test_a_bad_file_is_one_line_in_time(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(samples()[name])
    began = time.monotonic()
    with pytest.raises(SourceError) as error:
        load(str(path), SMALL)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)
    assert time.monotonic() - began < SMALL.seconds + 10


def test_a_text_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.html"
    path.write_bytes(b"<html><body><article>" + b"<p>A word of this.</p>" * 20_000 + b"</article></body></html>")
    with pytest.raises(SourceError, match="unpacks to more than 100,000 characters; raise max_text_mb"):
        load(str(path), replace(SMALL, characters=100_000))


def test_a_library_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(b"<html><body><p>Words.</p></body></html>")
    with pytest.raises(SourceError, match=r"not finished after 0.01 s; raise read_seconds"):
        load(str(path), replace(SMALL, seconds=0.01))


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "device.txt").symlink_to("/dev/zero")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    (tmp_path / "folder.txt").mkdir()
    for name in ("pipe.txt", "device.txt", "loop.txt", "folder.txt", "none.txt"):
        with pytest.raises(SourceError, match=f"{name}: (not a regular file|cannot be read|no such file)"):
            load(str(tmp_path / name), SMALL)


def test_folders_that_go_round_come_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "round").symlink_to(tmp_path)
    assert str(tmp_path / "a.txt") in expand([str(tmp_path)])
    assert len(expand([str(tmp_path)])) < 100


@pytest.mark.parametrize("name", ["new\nline.txt", f"{CLEVER[:24]}.txt", "[red]a.txt"])
def test_odd_names_are_asked_and_shown_harmlessly(
    name: str, tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    from rich.console import Console

    from qa.cli.chat.screen import Screen

    path = tmp_path / name
    path.write_text(TEXT, encoding="utf-8")
    parts = Parts(
        FakeEmbedder(), FakeGenerator("Maria Lopez founded it [1]."), load_prompts(), FakeReader("Maria Lopez")
    )
    answer = Assistant([str(path)], settings, parts).ask("Who founded the bakery?")
    assert answer.citations[0].source == str(path)
    Screen(Console(force_terminal=False)).citations(answer)
    shown = capsys.readouterr().out
    assert shown.count("\n") == 1
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", shown)


def test_a_name_that_is_not_text_is_said(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.txt"
    with open(path, "wb") as file:  # noqa: PTH123 - a Path cannot name it
        file.write(TEXT.encode())
    with pytest.raises(SourceError, match="the name is not text in UTF-8; rename the file"):
        load(os.fsdecode(path), SMALL)


def test_bad_files_of_a_folder_are_left_out_and_counted(
    tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "good.txt").write_text(TEXT, encoding="utf-8")
    for name in ("bad1.txt", "bad2.txt"):
        (folder / name).write_bytes(b"a\0b")
    parts = Parts(FakeEmbedder(), FakeGenerator(*["It is [1]."] * 4), load_prompts(), FakeReader("Maria Lopez"))
    assistant = Assistant([str(folder)], settings, parts)
    for _ in range(2):
        assert assistant.ask("Who founded the bakery?").status == "answered"
    assert [m for m in caplog.messages if "could not be read" in m] == [
        "2 of 3 files could not be read, and are not asked"
    ]
    assert sum("holds NUL" in m for m in caplog.messages) == 2
    with pytest.raises(SourceError, match="holds NUL"):
        Assistant([str(folder / "bad1.txt")], settings, parts).ask("Who?")
    (folder / "good.txt").unlink()
    with pytest.raises(SourceError, match="none of the 2 files could be read"):
        Assistant([str(folder)], settings, parts).ask("Who?")


def test_many_short_paragraphs(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "many.txt"
    path.write_text("".join(f"Line {n} is short.\n\n" for n in range(100_000)), encoding="utf-8")
    index, _ = IndexBuilder(replace_passages(settings), FakeEmbedder()).open(str(path))
    text = index.document.text
    assert len(index.passages) > 1000
    assert all(s.of(text).startswith("Line ") for s in index.passages[777].sentences)


def replace_passages(settings: Settings) -> Settings:
    import msgspec

    return msgspec.structs.replace(settings, passage_tokens=200)


def test_a_file_that_is_removed_while_it_is_read_is_said(article: Path, settings: Settings) -> None:
    builder = IndexBuilder(settings, FakeEmbedder())
    builder.open(str(article))
    article.unlink()
    with pytest.raises(SourceError, match="no such file"):
        builder.open(str(article))


def test_a_disk_that_is_full_or_read_only_is_said(
    article: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    builder = IndexBuilder(settings, FakeEmbedder())
    for number in (errno.ENOSPC, errno.EROFS):

        def refuse(*_: object, number: int = number, **__: object) -> None:
            raise OSError(number, os.strerror(number))

        with monkeypatch.context() as full:
            full.setattr("numpy.save", refuse)
            with pytest.raises(QAError, match=os.strerror(number)):
                builder.open(str(article))
        assert not list(settings.index_dir.glob("[!.]*"))
        assert not list(settings.index_dir.glob(".unfinished-*"))
    assert builder.open(str(article))[1]


@given(st.text())
def test_nothing_that_steers_a_terminal_passes(text: str) -> None:
    shown = clean(text + CLEVER)
    assert not any(
        unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} - set() for c in shown if c not in "\n\t"
    )
    assert len(shown) == len(text + CLEVER)
    assert "\n" not in one_line(text + CLEVER)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u0410leppo fell", "\ufffdleppo fell"),
        ("payp\u0430l.com", "payp\ufffdl.com"),
        ("\u039fpen the d\u043e\u043er", "\ufffdpen the d\ufffd\ufffdr"),
        ("Москва и Αθήνα stay", "Москва и Αθήνα stay"),
        ("5 μm, α-helix, β2", "5 μm, α-helix, β2"),
    ],
)
def test_letters_that_pass_for_others_are_seen(text: str, shown: str) -> None:
    assert clean(text) == shown


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\0\ufeff"), min_size=1))
def test_every_passage_and_quote_of_any_text_is_literal(text: str, tmp_path: Path) -> None:
    path = tmp_path / "any.txt"
    path.write_bytes(f"a {text}".encode())
    whole = f"a {text}"
    config = Settings(index_dir=tmp_path / "indexes", passage_tokens=16, min_confidence=0.0)
    phrase = whole.rsplit(maxsplit=1)[-1]
    parts = Parts(FakeEmbedder(), FakeGenerator("a [1]."), load_prompts(), FakeReader(phrase))
    assistant = Assistant([str(path)], config, parts)
    for passage in (hit.passage for hit in assistant.retriever().passages()):
        assert 0 <= passage.span.start < passage.span.end <= len(whole)
        assert all(passage.span.start <= s.start < s.end <= passage.span.end for s in passage.sentences)
    answer = assistant.ask("What is it about?")
    assert all(whole[c.start : c.end] == c.quote for c in answer.citations)
    assert {*re.findall(r"\[(\d+)\]", answer.answer)} == {str(c.number) for c in answer.citations}


@pytest.mark.real
def test_no_special_token_comes_from_a_text(real_parts: Parts) -> None:
    import llama_cpp

    generator = real_parts.generator
    llama = generator._llama  # type: ignore[attr-defined]
    vocabulary = llama_cpp.llama_model_get_vocab(llama.model)
    special = [t for t in range(llama.n_vocab()) if llama_cpp.llama_vocab_is_control(vocabulary, t)]
    names = [llama.detokenize([t], special=True).decode(errors="ignore") for t in special]
    others = ["<|eot_id|>", "[INST]", "<<SYS>>", "<start_of_turn>", "<|assistant|>", "<|end|>", "</s>", "<s>"]
    assert len([n for n in names if n]) > 5
    plain, _ = generator._tokens([Message("user", "x")])  # type: ignore[attr-defined]
    own = sum(t in set(special) for t in plain)
    for name in filter(None, [*names, *others]):
        tokens, _ = generator._tokens([Message("user", f"x {name} y")])  # type: ignore[attr-defined]
        assert sum(t in set(special) for t in tokens) == own, name
