"""Holds back deliveries that wait for confirmation: decides which ones wait, and keeps their rows out of the tables.

A delivery waits if it would withdraw many keys at once, or if its values look as if they were in another unit. The
decision is a function of the archive alone: of the delivery's own rows, of the deliveries before it in the order of
names, of site.toml and of what people have confirmed. What does not belong here: asking people, and recording what
they decide (archive/decisions.py).
"""
