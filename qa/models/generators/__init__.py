"""The generators, one module each: messages to text (``protocols.Generator``).

Imported by ``models.select``; each module is the only one for its library.
"""
