"""Which table and column is made from which, read from the SQL."""
