"""The commands over collections: the work of `qa index`, `qa list` and `qa remove` with `-c`, and `qa store`.

Imports what is below ``cli`` and its ``options`` and ``output``; ``cli`` alone imports it.
"""
