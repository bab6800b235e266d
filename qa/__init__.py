"""Article QA: answers over an article on one's own machine, each with a citation that is checked by program."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.answering.assistant import Assistant
    from qa.types import Answer, Citation

__all__ = ["Answer", "Assistant", "Citation", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # Importing the package must stay cheap: `qa --help` loads this module and none of the models' libraries.
    if name == "Assistant":
        from qa.answering.assistant import Assistant

        return Assistant
    if name in {"Answer", "Citation"}:
        from qa import types

        return getattr(types, name)
    raise AttributeError(f"module 'qa' has no attribute {name!r}")
