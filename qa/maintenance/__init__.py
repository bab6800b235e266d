"""Checks of the installation and deletion of stored data: ``qa doctor``, ``qa purge``.

Imports ``conversation`` and what is below it; ``cli`` imports it.
"""
