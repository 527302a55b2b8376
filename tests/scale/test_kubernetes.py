"""examples/deploy/kubernetes/, as far as that goes without a cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.orchestration.command import CHECKOUT

pytestmark = pytest.mark.scale
FOLDER = CHECKOUT / "examples" / "deploy" / "kubernetes"
IMAGE = "registry.hospital.example/ablation-registry:0.1.0"


def test_the_job_of_a_shard(tmp_path: Path) -> None:
    """Dagster accepts the launcher's block, and makes of it a job of one shard, with its account and secret."""
    packages, home = tmp_path / "packages", tmp_path / "dagster"
    words = ["install", "--quiet", "--no-deps", "--target", packages, "-r", CHECKOUT / "tests/scale/kubernetes.txt"]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True, stderr=subprocess.DEVNULL)
    home.mkdir()
    settings = yaml.safe_load((FOLDER / "dagster.yaml").read_text(encoding="utf-8"))
    assert settings.pop("storage")["postgres"]["postgres_url"] == {"env": "REGISTRY_POSTGRES_URL"}
    (home / "dagster.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.scale.job_of_a_shard", home],
        cwd=CHECKOUT,
        env={k: v for k, v in os.environ.items() if not k.startswith("DAGSTER_")} | {"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    pod = json.loads(ran.stdout)["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["serviceAccountName"] == "registry" and pod["securityContext"]["runAsNonRoot"]
    assert container["image"] == IMAGE
    assert container["envFrom"] == [{"secretRef": {"name": "registry-shards"}}]
    assert container["args"][:3] == ["dagster", "api", "execute_run"]
    pointer = json.loads(container["args"][3])["pipeline_origin"]["repository_origin"]["code_pointer"]
    assert pointer["reconstructable_args"] == [16]
    assert pointer["reconstructor_pointer"]["module"] == "assets.shards.shard_asset"
    assert {"name": "DAGSTER_HOME", "value": "/opt/dagster"} in container["env"]


def test_the_manifests_belong_together() -> None:
    """Names of account, secrets, config map, volume and image are the same in all files."""
    launcher = yaml.safe_load((FOLDER / "dagster.yaml").read_text(encoding="utf-8"))["run_launcher"]["config"]
    made = list(yaml.safe_load_all((FOLDER / "refresh.yaml").read_text(encoding="utf-8")))
    kinds = {one["kind"]: one for one in made}
    assert list(kinds) == ["ServiceAccount", "Role", "RoleBinding", "PersistentVolumeClaim", "CronJob"]
    assert {one["metadata"]["namespace"] for one in made} == {launcher["job_namespace"]}
    pod = kinds["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (refresh,) = pod["containers"]
    assert refresh["image"] == launcher["job_image"] == IMAGE
    assert pod["serviceAccountName"] == launcher["service_account_name"] == kinds["ServiceAccount"]["metadata"]["name"]
    secrets = [one["secretRef"]["name"] for one in refresh["envFrom"]]
    assert launcher["env_secrets"] == ["registry-shards"] and "registry-shards" in secrets
    home, dagster = pod["volumes"]
    assert home["persistentVolumeClaim"]["claimName"] == kinds["PersistentVolumeClaim"]["metadata"]["name"]
    assert dagster["configMap"]["name"] == launcher["instance_config_map"]
    values = yaml.safe_load((FOLDER / "values.yaml").read_text(encoding="utf-8"))
    assert values["runLauncher"]["type"] == "K8sRunLauncher" and values["serviceAccount"]["name"] == "registry"
    assert values["runLauncher"]["config"]["k8sRunLauncher"]["envSecrets"] == [{"name": "registry-shards"}]
