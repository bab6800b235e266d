"""Article QA: answers over an article on one's own machine, each with a citation that is checked by program.

The names of ``__all__`` are the public interface; everything else may change.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.answering.assistant import Assistant
    from qa.errors import QAError
    from qa.settings import Settings
    from qa.types import Answer, Citation, Evidence

__all__ = ["Answer", "Assistant", "Citation", "Evidence", "QAError", "Settings", "__version__"]
__version__ = "0.1.0"

_HOMES = {
    "Answer": "qa.types",
    "Assistant": "qa.answering.assistant",
    "Citation": "qa.types",
    "Evidence": "qa.types",
    "QAError": "qa.errors",
    "Settings": "qa.settings",
}


def __getattr__(name: str) -> object:
    # Importing the package must stay cheap: `qa --help` loads this module and none of the models' libraries.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'qa' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
