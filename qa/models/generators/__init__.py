"""The generators, one module each: messages to text (``protocols.Generator``).

Made by ``qa.models.select``; no other folder imports their libraries.
"""
