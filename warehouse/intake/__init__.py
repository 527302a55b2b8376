"""Taking deliveries in: landing/, site.toml, exceptions.toml, what waits and who is overdue.

Not here: keeping files (archive/) and reading them (readers/)."""
