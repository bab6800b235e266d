"""The package as others install it: with its prompts and weights, and a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from qa.paths import CHECKOUT


def test_the_wheel_works_by_itself(tmp_path: Path) -> None:
    assert CHECKOUT
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    assert {p.name for p in (site / "qa" / "templates").iterdir()} == {p.name for p in (CHECKOUT / "prompts").iterdir()}
    page = ("qa", "server", "page")
    assert {p.name for p in site.joinpath(*page).iterdir()} == {p.name for p in CHECKOUT.joinpath(*page).iterdir()}
    locales = ("qa", "locales")
    kept = {p.relative_to(CHECKOUT) for p in CHECKOUT.joinpath(*locales).rglob("*.po")}
    assert {p.relative_to(site) for p in site.joinpath(*locales).rglob("*.po")} == kept
    assert not list((site / "qa" / "training").rglob("*.jsonl"))
    sizes = {file.name: file.stat().st_size for file in (site / "qa" / "models" / "weights").iterdir()}
    assert max(sizes.values()) < 100_000_000
    others = sum(size for name, size in sizes.items() if name.startswith("multilingual"))
    assert 100_000_000 < sum(sizes.values()) - others <= 120_000_000
    assert 15_000_000 < others <= 20_000_000
    environment = {k: v for k, v in os.environ.items() if not k.startswith("QA_")}
    environment |= {"PYTHONPATH": str(site), "XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}
    code = (
        "import qa, qa.cli, sys\n"
        "from qa.answering.prompts import load_prompts\n"
        "from qa.settings import load_settings\n"
        f"assert qa.__file__.startswith({str(site)!r}), qa.__file__\n"
        "load_prompts()\n"
        "print(load_settings().settings.index_dir)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    if sys.platform == "linux":
        assert Path(done.stdout.strip()) == tmp_path / "data" / "article-qa" / "indexes"
