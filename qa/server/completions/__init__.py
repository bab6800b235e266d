"""The API of OpenAI's chat completions: what a client may ask for, what it gets, and the routes.

Imports the modules of ``server``; its ``app`` imports it.
"""
