"""Evidence to checked sentences: who writes them, a model or the reader, and in which words.

Imported by the assistant, the conversation and the measurements.
"""
