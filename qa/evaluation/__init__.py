"""Gold questions to figures, and the comparison of two runs.

Imports ``records`` and what is below it; ``cli`` and ``training`` import it.
"""
