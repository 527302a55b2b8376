"""Proposes a site.toml from the files of a site: what they show becomes lines, what they leave open becomes questions.

What belongs here: guesses about files of which nothing is said yet, each with its reason. Not here: what site.toml's
keys mean (sources/), and reading files as it says (readers/).
"""
