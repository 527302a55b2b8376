"""Reads a delivered file from bytes to rows of text.

There is one module per format. Each returns a Source: the header as delivered and a SQL relation of text columns c0,
c1, ... in the file's order. What belongs here: formats and their faults. What does not: what the columns mean.
"""
