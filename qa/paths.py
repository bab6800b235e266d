"""Where the program and what it keeps lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
WEIGHTS = PACKAGE / "models" / "weights"
_ROOT = PACKAGE.parent
CHECKOUT = _ROOT if (_ROOT / "pyproject.toml").is_file() and (_ROOT / "seeds").is_dir() else None
_APP_NAME = "article-qa"


def data_home() -> Path:
    """Return the folder of indexes, models and pages: ``QA_HOME``, the checkout, or the user's data folder."""
    if home := _named_home() or CHECKOUT:
        return home
    import platformdirs

    return Path(platformdirs.user_data_dir(_APP_NAME))


def cache_home() -> Path:
    """Return the folder of what can be made again: in ``QA_HOME``, in the checkout, or the user's cache folder."""
    if home := _named_home() or CHECKOUT:
        return home / ".cache"
    import platformdirs

    return Path(platformdirs.user_cache_dir(_APP_NAME))


def state_home() -> Path:
    """Return the folder of conversations and of the key: ``QA_HOME``, or the user's state folder."""
    if home := _named_home():
        return home
    import platformdirs

    return Path(platformdirs.user_state_dir(_APP_NAME))


def key_file() -> Path:
    """Return the file of the key that seals the indexes of this user."""
    return state_home() / "index.key"


def config_file() -> Path:
    """Return the settings file: ``QA_CONFIG``, or ``config.toml`` in the user's configuration folder."""
    if named := os.environ.get("QA_CONFIG"):
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir(_APP_NAME)) / "config.toml"


def _named_home() -> Path | None:
    home = os.environ.get("QA_HOME")
    return Path(home).expanduser() if home else None
