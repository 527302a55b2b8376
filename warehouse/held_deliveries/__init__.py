"""Deliveries that wait for somebody to confirm them: what makes one wait, and keeping its rows out of the tables.

A delivery waits where it would take much away at once, or looks as if it were in another unit. Whether it does is a
function of the archive alone: of its own rows, of the deliveries before it in the order of names, of site.toml and of
what people confirmed.
"""
