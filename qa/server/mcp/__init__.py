"""The articles as tools and resources of another program, by the Model Context Protocol.

Imports ``answering`` and what is below it, and ``records``; the command `qa mcp` imports it.
"""
