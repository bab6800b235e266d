"""A store in a folder of one's own: SQLite holds the truth, FAISS and tantivy find in it.

Imports ``protocol`` and ``fusion`` beside it and what is below ``index``; only ``stores.open`` imports it.
"""
