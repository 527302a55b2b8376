"""Prints, as JSON, the job that Dagster's K8sRunLauncher would hand to a cluster for a shard.

python -m tests.scale.job_of_a_shard FOLDER     the folder of a dagster.yaml; dagster-k8s is importable
"""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from unittest import mock

import dagster as dg

from assets.shards.ask_for_shards import Asking, Patience, check_launcher

ORDER = SimpleNamespace(address="s3://bucket/shards/0123", shards=16)


def job(folder: str) -> dict:
    """Launch a run of a shard with a client of a cluster that is not there, and return what it was given."""
    import dagster_k8s.launcher
    import kubernetes
    from kubernetes.client import ApiClient

    client = mock.patch.object(dagster_k8s.launcher, "DagsterKubernetesClient")
    with mock.patch.object(kubernetes.config, "load_incluster_config"), client as cluster:
        with dg.DagsterInstance.from_config(folder) as instance:
            check_launcher(instance)
            asking = Asking(instance, ORDER, [3], lambda _: False, Patience())  # type: ignore[arg-type]
            asking.look()
        (call,) = cluster.production_client.return_value.create_namespaced_job_with_retries.call_args_list
        return ApiClient().sanitize_for_serialization(call.kwargs["body"])


if __name__ == "__main__":
    print(json.dumps(job(sys.argv[1])))
