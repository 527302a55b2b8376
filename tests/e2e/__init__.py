"""End to end: exports in, a released registry out."""
