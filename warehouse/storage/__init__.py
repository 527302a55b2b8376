"""What every room of the warehouse stands on: home, connection, lock, durable files, hashes, errors.

Not here: anything that knows what an export or a release is."""
