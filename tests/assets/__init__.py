"""What is made: the assets as Dagster sees them."""
