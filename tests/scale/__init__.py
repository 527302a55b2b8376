"""A lake and its workers under load, on servers of their own (`make test-scale`)."""
