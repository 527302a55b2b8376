"""Raw tables: every row of every delivery as text, and which version of a row is current.

Not here: whether a row is right (clean/)."""
