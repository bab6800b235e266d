"""The health of an installation and what it keeps on disk: ``qa doctor``, ``qa purge``.

Imports ``conversation`` and what is below it; ``cli`` imports it.
"""
