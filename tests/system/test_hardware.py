"""How the process uses the machine."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

# Threads that run at the same time and ask for memory; glibc then tells how many heaps it made for them.
_THREADS = """
import ctypes, sys, threading
from qa.system.hardware import one_heap

if sys.argv[1] == "one":
    one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(6)
def work():
    together.wait()
    libc.malloc(1000)
    together.wait()
threads = [threading.Thread(target=work) for _ in range(6)]
[t.start() for t in threads]
[t.join() for t in threads]
report = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, report)
libc.fclose(report)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has a heap for each thread")
def test_threads_share_one_heap(tmp_path: Path) -> None:
    heaps = {}
    for how in ("one", "many"):
        report = tmp_path / how
        subprocess.run([sys.executable, "-c", _THREADS, how, str(report)], check=True)
        heaps[how] = report.read_text(encoding="utf-8").count("<heap nr=")
    assert heaps["one"] == 1 < heaps["many"]
