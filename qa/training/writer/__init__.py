"""The writer: the bundled model tuned for its one job, to put a question and its answer into one sentence."""
