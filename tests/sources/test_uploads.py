from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from qa.errors import SourceError, UsageError
from qa.settings import Settings
from qa.sources.uploads import Upload, Uploads, shown_name


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(Settings(uploads_dir=tmp_path / "uploads", max_file_mb=0.001))


def stop_while_receiving(uploads: Uploads) -> None:
    with uploads.receiving("a.txt") as incoming:
        incoming.write(b"x")
        raise ZeroDivisionError


def receive(uploads: Uploads, name: str, *pieces: bytes) -> Upload:
    with uploads.receiving(name) as incoming:
        for piece in pieces:
            incoming.write(piece)
    assert incoming.upload
    return incoming.upload


def test_what_was_sent_is_kept_below_a_name_of_ours_until_it_is_deleted(uploads: Uploads) -> None:
    first, second = receive(uploads, "My Report.TXT", b"one ", b"two"), receive(uploads, "My Report.TXT", b"three")
    assert first.path.read_bytes() == b"one two"
    assert (first.name, first.path.name) == ("My Report.TXT", f"{first.id}.txt")
    assert first.path.parent.stat().st_mode & 0o077 == uploads.folder.stat().st_mode & 0o077 == 0
    os.utime(first.path, (0, 0))
    assert uploads.all() == [first, second]
    uploads.delete(first)
    assert uploads.all() == [second]
    assert [p.name for p in uploads.folder.iterdir()] == [second.id]
    uploads.delete(first)  # another server has done it already


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("/etc/shadow.txt", "shadow.txt"),
        ("a\nb\x1b[31m\0.txt", "a b\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}.txt"),
        ("gpj.\u202etxt.txt", "gpj.\N{REPLACEMENT CHARACTER}txt.txt"),
        ("x" * 5000 + ".txt", "x" * 115 + "….txt"),
        ("a." + "x" * 5000, "a." + "x" * 117 + "…"),
        ("<script>alert(1)</script>.txt", "script>.txt"),
        ("...", "..."),
        ("", ""),
    ],
)
def test_a_name_is_only_for_showing(uploads: Uploads, given: str, shown: str) -> None:
    assert shown_name(given) == shown
    if shown.endswith(".txt"):
        sent = receive(uploads, given, b"x")
        assert sent.name == shown
        assert sent.path.parent.parent == uploads.folder
    else:
        with pytest.raises(UsageError, match=r"give a \.txt or"):
            receive(uploads, given, b"x")
        assert uploads.all() == []


def test_a_large_file_leaves_nothing_behind(uploads: Uploads) -> None:
    with pytest.raises(SourceError, match=r"a\.txt: more than 0\.0 MB; raise max_file_mb"):
        receive(uploads, "a.txt", b"x" * 600, b"x" * 600)
    assert list(uploads.folder.iterdir()) == []


def test_what_breaks_off_leaves_nothing_behind(uploads: Uploads) -> None:
    with pytest.raises(ZeroDivisionError):
        stop_while_receiving(uploads)
    assert list(uploads.folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "uploads").write_text("a file", encoding="utf-8")
    with pytest.raises(SourceError, match=r"a\.txt: cannot be stored in .*: File exists"):
        receive(Uploads(Settings(uploads_dir=tmp_path / "uploads")), "a.txt", b"x")


def test_what_a_killed_server_left_is_cleared_away_once_it_is_old(uploads: Uploads) -> None:
    for name, age in ((".unfinished-old", 0), (".unfinished-new", None)):
        (uploads.folder / name).mkdir(parents=True)
        if age is not None:
            os.utime(uploads.folder / name, (age, age))
    assert uploads.all() == []
    assert [p.name for p in uploads.folder.iterdir()] == [".unfinished-new"]


def test_a_record_leads_to_no_other_folder(uploads: Uploads) -> None:
    (uploads.folder / "x").mkdir(parents=True)
    record = {"name": "a.txt", "file": "../../secret.txt"}
    (uploads.folder / "x" / "upload.json").write_bytes(msgspec.json.encode(record))
    (uploads.folder.parent / "secret.txt").write_text("secret", encoding="utf-8")
    assert uploads.all() == []
