"""The published figures of the index study beside what the registry computes."""
