"""Retrieved passages to ranked candidates: read, described by features, ordered by confidence.

Imported by ``answering`` alone; ``rank`` is its entry.
"""
