"""A store in a PostgreSQL database with pgvector: one schema for each collection.

Imports ``protocol`` and ``names`` beside it and what is below ``stores``; only ``stores.open`` imports it.
"""
