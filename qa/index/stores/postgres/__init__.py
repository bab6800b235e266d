"""A store in a PostgreSQL database with pgvector.

Imports ``protocol`` and ``fusion`` beside it and what is below ``index``; only ``stores.open`` imports it.
"""
