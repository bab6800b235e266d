"""From a path or a web address to a ``Document``: finding files, reading their bytes, fetching pages, extracting text.

Imports ``system``, ``text`` and ``settings``; ``index`` and what is above it import it.
"""
