"""The command line: one module for each group of commands, which parse, call and print.

Imports every other folder but ``training``; nothing imports it.
"""
