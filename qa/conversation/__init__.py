"""A conversation over an assistant: its turns, saved sessions, example questions, export to a file.

Imports ``records`` and what is below it; ``maintenance`` and ``cli`` import it.
"""
