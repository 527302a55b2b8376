"""Lineage of tables and columns, read from the SQL."""
