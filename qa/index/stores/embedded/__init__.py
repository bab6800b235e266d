"""A store in a folder of one's own: SQLite holds the truth, FAISS and tantivy find in it.

Imports ``protocol``, ``names`` and ``fusion`` beside it and what is below ``stores``; ``stores.open`` imports it, and
``maintenance``, which deletes its files.
"""
