"""What changed between two releases: drawn scenarios, properties, the command, the page."""
