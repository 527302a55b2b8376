"""Asks a site's database, and delivers each answer as a file; the archive alone rebuilds the tables.

Here are the check of a query, the process that asks, and the words for what goes wrong. Which keys a source has stands
in sources/sql_source.py.
"""
