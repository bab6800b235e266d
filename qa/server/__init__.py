"""The server behind `qa serve` with its page and APIs, and the MCP server behind `qa mcp`.

Imports everything below it but ``training``; ``cli`` imports it, inside its commands, because its libraries are heavy.
"""
