"""Evidence to checked sentences: who writes them, and what supports each of them.

Imported by the assistant, the conversation and the measurements.
"""
