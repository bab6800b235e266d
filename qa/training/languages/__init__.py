"""The reader for other languages than English: its base as a folder, its graphs.

Nothing imports it; ``make languages`` runs it.
"""
