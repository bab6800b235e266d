"""What can be said of a text by itself: language, sentences, words, markers, places, and how it is shown safely.

Imports ``qa.errors`` and ``qa.types`` alone; every other folder may import it.
"""
