"""The errors that a user can meet. Each message names the thing that failed and the way out.

QAError
├── UsageError        the command line, a setting or a batch line is wrong (exit status 2)
├── SourceError       a document cannot be found or read
├── IndexFolderError  an index is damaged, foreign or of another format
├── ModelError        an embedder or a generator cannot be found or loaded
├── PromptError       a prompt file is missing or its placeholders are wrong
├── CacheError        what is kept to start faster cannot be deleted
└── SessionError      a kept conversation cannot be found, read or written
"""

from __future__ import annotations


class QAError(Exception):
    """Base of all errors that are shown as one line."""


class UsageError(QAError):
    """Something was asked for in the wrong way."""


class SourceError(QAError):
    """A document cannot be found or read."""


class IndexFolderError(QAError):
    """An index folder cannot be used as it is."""


class ModelError(QAError):
    """A model cannot be found or loaded."""


class PromptError(QAError):
    """A prompt template cannot be used."""


class CacheError(QAError):
    """The folder of the cache cannot be changed."""


class SessionError(QAError):
    """A kept conversation cannot be used."""


def first_line(error: BaseException) -> str:
    """Return the first line of what a library says of its error, or the error's name where it says nothing."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
