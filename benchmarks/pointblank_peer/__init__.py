"""A yardstick: the row rules of an export as Pointblank checks them, in an environment of its own."""
