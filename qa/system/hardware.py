"""What the machine has, cores and memory, and how this process uses it."""

from __future__ import annotations

import os

_ARENA_MAX = -8  # as malloc.h numbers it


def cores() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory() -> int:
    """Return the bytes that programs can have without others being swapped out."""
    import psutil

    return int(psutil.virtual_memory().available)


def one_heap() -> None:
    """Have the C library keep one heap for all threads; called once, before there are others.

    A heap for each thread is never given back: a batch over hundreds of articles grew by 100 MB. Where the library
    is not glibc, nothing is changed.
    """
    import ctypes

    if os.name == "posix" and hasattr(libc := ctypes.CDLL(None), "gnu_get_libc_version"):
        libc.mallopt(_ARENA_MAX, 1)


def give_back_memory() -> None:
    """Have the C library return to the system what was freed; where it is not glibc, nothing is changed."""
    import ctypes

    if os.name == "posix" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
