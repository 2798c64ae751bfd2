"""How the shipped captioner is made: data, encoder, features, decoder, graphs, figures.

Runs on a desk, never on a Pi, and is no part of the installed package. Each stage reads what the
stage before left in the work folder and skips what already stands there; `../README.md` gives the
order, the commands and the minutes.
"""
