"""A conversation over an assistant: its turns, kept sessions, first suggestions, export to a file.

Imports ``records`` and what is below it; ``maintenance`` and ``cli`` import it.
"""
