"""The writer: the bundled model tuned for its one job, to put a question and its answer into one sentence.

Nothing imports it; it is run by hand and needs the optional extra ``train``.
"""
