"""What scripts read and write: questions and answers as JSON lines, their schemas, batches, verification.

Imports ``answering`` and what is below it; ``conversation``, ``evaluation`` and what is above them import it.
"""
