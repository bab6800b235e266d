"""Training of the reader: data, model, loop and export. Needs the optional extra ``train``."""
