"""What supports a written sentence: rules over its words and its quote's, one kind of doubt a module, and the reader.

Imported by the writers, by ``evidence`` and by the measurements.
"""
