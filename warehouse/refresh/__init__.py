"""What a refresh does around its steps: what is due, what blocks a release, recovery."""
