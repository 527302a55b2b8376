"""What a registry's analyses are, and the tables that they make.

Not here: how an estimate is computed (estimates/, regression/)."""
