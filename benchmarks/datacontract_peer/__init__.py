"""datacontract-cli as a yardstick: a data contract tested on DuckDB, in an environment of its own."""
