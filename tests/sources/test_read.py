from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import SourceError
from qa.settings import Settings
from qa.sources.fetch import Pages
from qa.sources.find import expand
from qa.sources.formats.extracted import decode
from qa.sources.read import load
from qa.types import Limits

LIMIT = 1000


def test_only_line_ends_and_the_byte_order_mark_are_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes("\ufeffOne\r\ntwo\rthree\n  four\u00a0\t".encode())
    assert load(str(path), Limits(bytes=LIMIT)).text == "One\ntwo\nthree\n  four\u00a0\t"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\0\ufeff")))
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert decode(f"{text}x".encode()) == (f"{text}x", ())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.exe", b"x", ".exe is not supported"),
        ("a.pdf", b"x", "not a valid .pdf file"),
        ("a.docx", b"PK", "not a valid .docx file"),
        ("a.odt", b"x", "not a valid .odt file"),
        ("a.rtf", b"x", "not an RTF file"),
        ("a.html", b"<p>", "no article was found"),
        ("a.eml", b"", "is empty"),
        ("a", b"x", "without a suffix"),
        ("a.txt", b"", "is empty"),
        ("a.txt", b" \n", "is empty"),
        ("a.txt", b"-- !", "has no text"),
        ("a.txt", b"a\0b", "NUL"),
        ("a.txt", b"x" * (LIMIT + 1), "the limit is"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=f"{name}.*") as error:
        load(str(path), Limits(bytes=LIMIT))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        load(str(tmp_path / "a.txt"), Limits(bytes=LIMIT))


def test_a_folder_gives_its_documents_sorted_and_hidden_ones_not(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "c.exe", "sub/d.TXT", ".git/e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [Path(p).name for p in expand([str(tmp_path)])] == ["a.md", "b.txt", "d.TXT"]


def test_a_source_that_is_named_twice_is_taken_once(article: Path) -> None:
    assert expand([str(article), str(article)]) == [str(article)]


def test_an_empty_folder_and_a_missing_source_are_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no \.txt or \.md or .* file"):
        expand([str(tmp_path)])
    with pytest.raises(SourceError, match="no such file or folder"):
        expand([str(tmp_path / "none")])


def test_a_pattern_stands_for_what_fits_it(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.bin"):
        (tmp_path / name).write_text("Words.", encoding="utf-8")
    assert [Path(p).name for p in expand([str(tmp_path / "*")])] == ["a.txt", "b.txt"]
    with pytest.raises(SourceError, match="no such file or folder"):
        expand([str(tmp_path / "*.pdf")])
    with pytest.raises(SourceError, match=r"no \.txt or .* file among the 1 that it matches"):
        expand([str(tmp_path / "*.bin")])


def test_a_name_that_the_system_takes_for_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: File name too long"):
        expand([str(tmp_path / ("a" * 300))])
    with pytest.raises(SourceError, match=r"http://\[x: not an address"):
        expand(["http://[x"], Pages(Settings(pages_dir=tmp_path)))


def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.txt").write_text("Words.", encoding="utf-8")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "b.txt").write_text("Words.", encoding="utf-8")
    real = os.scandir

    def refused(path: str) -> object:
        if Path(path).name == "private":
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    (tmp_path / "private").mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "scandir", refused)
        assert [Path(p).name for p in expand([str(tmp_path)])] == ["a.txt"]
    assert [r.getMessage() for r in caplog.records] == [f"{tmp_path / 'private'}: left out: Permission denied"]
