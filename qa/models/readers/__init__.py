"""The trained readers, one module each: question and text to answer spans (``protocols.Reader``).

Made by ``qa.models.select``; the weights are in ``models/weights``.
"""
