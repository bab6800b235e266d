"""What a server can be asked about: files with indexes of their own, the documents of a collection, passages of both.

Imports ``answering`` and what is below it; the other modules of ``server`` import it.
"""
