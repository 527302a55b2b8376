"""The whole way: exports in, a released registry out."""
