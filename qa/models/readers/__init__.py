"""The trained readers, one module each: question and text to answer spans (``protocols.Reader``).

Imported by ``models.select``; the weights are in ``models/weights``.
"""
