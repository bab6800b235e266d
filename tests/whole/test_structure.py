"""The structure of the package: which folder may import which, how large rooms are, and what is public."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import qa
from qa.paths import PACKAGE

# Ground up. A folder may import itself and what stands below it; folders on one level never import each other.
LEVELS = (
    {"errors", "types", "paths"},
    {"protocols", "system", "text"},
    {"settings"},
    {"sources", "models"},
    {"index"},
    {"collections"},
    {"answering"},
    {"records"},
    {"conversation", "evaluation", "distributed"},
    {"maintenance"},
    {"server"},
    {"cli", "training"},
)
LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}
MODULES_A_FOLDER, LINES_A_MODULE = 12, 300
MODULES = sorted(p for p in PACKAGE.rglob("*.py"))
FOLDERS = sorted({p.parent for p in MODULES} - {PACKAGE})
# Imported when the package is, so that they must stay cheap.
PUBLIC = {"Answer", "Assistant", "Citation", "Evidence", "QAError", "Settings", "__version__"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Give the rooms of ``qa`` that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [f"{node.module}.{a.name}" for a in node.names] if node.module == "qa" else [node.module]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        yield from (n.split(".")[1] for n in names if n.startswith("qa.") and n != "qa.__version__")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    room = room_of(path)
    if room in {"__init__", "__main__"}:
        return
    for other in imported(path):
        assert other == room or LEVEL[other] < LEVEL[room], f"{path.name} of {room} imports {other}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES_A_MODULE


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_folder_is_small_and_says_what_it_is_for(folder: Path) -> None:
    modules = [p for p in folder.glob("*.py") if p.name != "__init__.py"]
    assert len(modules) <= MODULES_A_FOLDER
    purpose = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert purpose.count(".") >= 2, "a sentence for what it is for, and one for who may import it"


def test_nothing_lies_at_the_top_but_what_crosses_folders() -> None:
    top = {p.stem for p in PACKAGE.glob("*.py")}
    assert top == {"__init__", "__main__", "errors", "paths", "protocols", "settings", "types"}


def test_what_is_public_is_one_list() -> None:
    assert set(qa.__all__) == PUBLIC
    assert set(dir(qa)) >= PUBLIC
    for name in PUBLIC:
        assert getattr(qa, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Reader'"):
        _ = qa.Reader


def test_tests_mirror_the_folders() -> None:
    tests = Path(__file__).resolve().parents[1]
    own = {"whole", "benchmarks", "torture", "languages", "pages"}
    rooms = {p.name for p in tests.iterdir() if p.is_dir() and any(p.glob("*.py"))} - own
    assert rooms <= {p.name for p in PACKAGE.iterdir() if p.is_dir()}
    for test in tests.rglob("test_*.py"):
        parts = test.relative_to(tests).parts
        if parts[0] in own or len(parts) == 1:
            continue
        module = PACKAGE.joinpath(*parts[:-1], parts[-1].removeprefix("test_"))
        assert module.exists() or module.with_suffix("").is_dir(), f"{test}: there is no module of that name"
