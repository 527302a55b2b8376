"""Makes clean and derived rows in shards: disjoint groups of patients, each made by whichever process takes it."""
