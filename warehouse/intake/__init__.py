"""Receives deliveries: landing/, site.toml, exceptions.toml, which files wait and which sites are overdue.

Not here: keeping files (archive/) and reading them (readers/)."""
