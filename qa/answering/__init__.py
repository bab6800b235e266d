"""A question to a cited answer, in the order of the stages; ``assistant`` runs them.

Imports ``index`` and what is below it; ``records`` and what is above it import it.
"""
