"""Writing the report: HTML, Word, Markdown, previews.

Not here: what the report says (sections/)."""
