"""The index of a document and of a set of documents: passages, vectors, keywords, files on disk, search.

Imports ``sources``, ``models`` and what is below them; ``answering`` and what is above it import it.
"""
