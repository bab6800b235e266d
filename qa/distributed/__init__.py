"""Work spread over the machines of a Ray cluster: the lines of a batch, the files of a collection.

Imports ``records`` and what is below it; ``cli`` imports it, inside its commands, because Ray is heavy.
"""
