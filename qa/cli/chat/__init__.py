"""The chat in a terminal: its loop, slash commands, line editor and screen.

Imported by ``cli.main`` alone.
"""
