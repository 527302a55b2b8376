"""Has Dagster spread shards over workers: the asset, who asks for it, and Celery's launcher and worker."""
