from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from qa.system.files import UNFINISHED, delete_folder, why_not_written


def test_a_folder_is_deleted_with_all_that_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").touch()
    delete_folder(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_stop_on_the_way_leaves_no_half_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_: Path) -> None:
        raise KeyboardInterrupt

    (tmp_path / "a").mkdir()
    monkeypatch.setattr(shutil, "rmtree", stopped)
    with pytest.raises(KeyboardInterrupt):
        delete_folder(tmp_path / "a")
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(f"{UNFINISHED}a-")


def test_a_full_disk_is_said_whatever_the_library_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = tmp_path / "not" / "there"
    assert why_not_written(ValueError("a worker was killed"), there) == "a worker was killed"
    assert why_not_written(PermissionError(13, "Permission denied", "a"), there) == "Permission denied"
    full = "No space left on device"
    assert why_not_written(RuntimeError(f"fwrite: {full}: line 3"), there) == full
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000))
    assert why_not_written(ValueError("a worker was killed"), there) == full
