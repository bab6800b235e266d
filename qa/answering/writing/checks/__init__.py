"""What supports a written sentence: rules over its words and its quote's, a kind of doubt a module, and the reader's own.

Imported by the writers, by ``evidence`` and by the measurements.
"""
