"""The spec cases of each derived table, in sections: what a reader needs, drawn."""
