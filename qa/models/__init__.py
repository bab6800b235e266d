"""The models on this machine: chosen by the settings, listed, fetched, inspected; embedders, readers and generators.

Imports ``system``, ``text`` and ``settings``; ``index`` and what is above it import it.
"""
