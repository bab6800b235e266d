"""The embedders, one module each: texts to unit vectors (``protocols.Embedder``).

Imported by ``models.select``; each module is the only one for its library.
"""
