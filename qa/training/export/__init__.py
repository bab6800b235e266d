"""Checkpoints to the files that are shipped.

Nothing imports it but other training; each module is a command.
"""
