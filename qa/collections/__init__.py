"""A collection and the files that it was made of: what has changed, brought up to date, compared.

Imports ``index`` and what is below it; ``answering`` and what is above it import it.
"""
