"""The commands that serve other programs: `qa serve` over HTTP and `qa mcp` over standard input and output.

Imports ``server`` and what is below it; ``main`` imports it.
"""
