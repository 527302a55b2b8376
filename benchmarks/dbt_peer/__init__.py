"""A yardstick: the registry as a dbt project builds it, in an environment of its own that the benchmark installs."""
