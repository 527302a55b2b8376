"""Ships queries for databases of a known shape, one folder each, in PostgreSQL's words; preset.py translates."""
