"""Work in shards: the same tables, whoever makes them and however often."""
