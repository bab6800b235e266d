"""The embedders, one module each: texts to unit vectors (``protocols.Embedder``).

Made by ``qa.models.select``; no other folder imports their libraries.
"""
