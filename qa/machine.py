"""What the machine has: cores and memory."""

from __future__ import annotations

import os


def cores() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory() -> int:
    """Return the bytes that programs can have without others being swapped out."""
    import psutil

    return int(psutil.virtual_memory().available)
