"""One-off programs whose result is part of the project; not packaged."""
