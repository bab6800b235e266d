"""Kept conversations: listed, read, continued, exported, deleted."""

from __future__ import annotations

import re
from contextlib import suppress

import msgspec

from qa.conversation.sessions import Session, Sessions
from qa.errors import SessionError
from qa.server.refusals import RefusedError
from qa.settings import Settings
from qa.types import Answer

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as it is read."""

    id: str
    sources: tuple[str, ...]
    answers: tuple[Answer, ...]


class Conversations:
    """The conversations in the folder of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sessions = Sessions(settings.sessions_dir)

    def find(self, identifier: str) -> Session:
        """Read one.

        Raises:
            RefusedError: there is none of that name.
        """
        if _ID.fullmatch(identifier):
            with suppress(SessionError):
                return self._sessions.find(identifier)
        raise RefusedError(404, "there is no such conversation; GET /api/v1/conversations lists them")
