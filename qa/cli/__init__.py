"""The command line: a module for each group of commands; they parse, call and print.

Imports every other folder but ``training``; nothing imports it.
"""
