"""What can be said of a text by itself: language, sentences, words, markers, places, and how it is shown safely.

Imports ``qa.errors``, ``qa.types`` and ``qa.paths`` alone; every other folder may import it.
"""
