"""The machine that the program runs on: files, locks, hardware, processes with limits, the cache of derived files.

Imports ``qa.errors`` and ``qa.types`` alone; every other folder may import it.
"""
