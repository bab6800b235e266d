"""Where collections are kept: a protocol, and a module or folder for each kind of store that follows it.

Imports the rest of ``index`` and what is below it; ``collections`` and what is above it import it.
"""
