"""deploy/: the manifests say what KubeRay's schema allows and keep what docs/operations.md promises."""

from __future__ import annotations

import copy
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from coachai.serve.limits import TOKEN
from deploy.embed import embed

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SERVE = ROOT / "configs" / "serve-gpu.yaml"
LONGEST_STEP = 8 * 30
"""Seconds of sound in the largest region: at most eight clips of half a minute."""


def _strict(schema: Any) -> Any:
    """A published schema that refuses fields it does not know: a mistyped field is an error, not silence."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: _strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        changed.setdefault("additionalProperties", False)
    return changed


def _schema() -> dict[str, Any]:
    text = Path(__file__).with_name("rayservice-crd.yaml").read_text(encoding="utf-8")
    strict: dict[str, Any] = _strict(yaml.safe_load(text)["openAPIV3Schema"])
    jsonschema.Draft202012Validator.check_schema(strict)
    return strict


def _service() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "rayservice.yaml").read_text(encoding="utf-8"))
    return read


def _pods(service: dict[str, Any]) -> list[dict[str, Any]]:
    cluster = service["spec"]["rayClusterConfig"]
    return [group["template"] for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])]


def _policies() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "network.yaml").read_text(encoding="utf-8")))


def test_the_manifest_is_what_the_published_schema_allows() -> None:
    service = _service()
    assert (service["apiVersion"], service["kind"]) == ("ray.io/v1", "RayService")
    jsonschema.validate(service, _schema())


def _misspelled(service: dict[str, Any]) -> None:
    _pods(service)[0]["spec"]["securitycontext"] = {}


def _of_another_type(service: dict[str, Any]) -> None:
    service["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]["rayStartParams"]["num-gpus"] = 1


def _without_a_name(service: dict[str, Any]) -> None:
    del service["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]["groupName"]


def _of_no_quantity(service: dict[str, Any]) -> None:
    _pods(service)[1]["spec"]["containers"][0]["resources"]["limits"]["memory"] = "24 gigabytes"


@pytest.mark.parametrize("spoil", [_misspelled, _of_another_type, _without_a_name, _of_no_quantity])
def test_the_schema_refuses_what_kuberay_would_drop_or_refuse(
    spoil: Callable[[dict[str, Any]], None],
) -> None:
    spoiled = copy.deepcopy(_service())
    spoil(spoiled)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoiled, _schema())


def test_the_applications_are_those_of_the_serve_configuration() -> None:
    said = yaml.safe_load(_service()["spec"]["serveConfigV2"])
    assert said["applications"] == yaml.safe_load(SERVE.read_text(encoding="utf-8"))["applications"]


def test_embedding_replaces_the_applications_and_nothing_else() -> None:
    before = (DEPLOY / "rayservice.yaml").read_text(encoding="utf-8")
    serve = "http_options: {port: 1}\napplications:\n- name: x\n  args: {a: [1, 2]}\n"
    once = embed(serve, before)
    service = yaml.safe_load(once)
    assert yaml.safe_load(service["spec"].pop("serveConfigV2")) == {
        "applications": [{"name": "x", "args": {"a": [1, 2]}}]
    }
    left = _service()
    del left["spec"]["serveConfigV2"]
    assert service == left
    assert embed(serve, once) == once


def test_the_version_of_ray_is_the_one_that_is_installed_into_the_image() -> None:
    pinned = re.search(r"^ray==(\S+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    assert _service()["spec"]["rayClusterConfig"]["rayVersion"] == pinned[1]


@pytest.mark.parametrize("pod", _pods(_service()), ids=["head", "gpu"])
def test_every_pod_is_confined(pod: dict[str, Any]) -> None:
    spec = pod["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    for container in spec["containers"]:
        confined = container["securityContext"]
        assert confined["readOnlyRootFilesystem"] is True
        assert confined["allowPrivilegeEscalation"] is False
        assert confined["capabilities"] == {"drop": ["ALL"]}
        assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container)


def test_whoever_asks_in_http_must_bring_the_token_of_a_secret() -> None:
    for pod in _pods(_service()):
        (container,) = pod["spec"]["containers"]
        (given,) = [each for each in container["env"] if each["name"] == TOKEN]
        assert given["valueFrom"]["secretKeyRef"] == {"name": "coachai-token", "key": "token"}
        assert "value" not in given


@pytest.mark.parametrize("pod", _pods(_service()), ids=["head", "gpu"])
def test_what_can_be_written_lies_in_memory_with_a_limit(pod: dict[str, Any]) -> None:
    spec = pod["spec"]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    mounts = {mount["mountPath"]: mount for mount in spec["containers"][0]["volumeMounts"]}
    assert {"/tmp", "/dev/shm"} <= set(mounts)
    for path, mount in mounts.items():
        volume = volumes[mount["name"]]
        if path == "/models":
            assert mount["readOnly"] is True
        else:
            assert volume["emptyDir"]["medium"] == "Memory"
            assert volume["emptyDir"]["sizeLimit"]


def test_what_memory_cannot_hold_is_spilled_to_memory_and_leaves_room_for_it() -> None:
    cluster = _service()["spec"]["rayClusterConfig"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        params = group["rayStartParams"]
        volumes = {volume["name"]: volume for volume in group["template"]["spec"]["volumes"]}
        size = int(re.fullmatch(r"(\d+)Gi", volumes["shared-memory"]["emptyDir"]["sizeLimit"])[1]) * 2**30
        assert params["object-spilling-directory"].startswith("/dev/shm/")
        assert int(params["object-store-memory"]) <= size / 2


def test_one_pod_has_one_gpu_and_ray_is_told_so() -> None:
    (group,) = _service()["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    limits = group["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert limits["nvidia.com/gpu"] == group["rayStartParams"]["num-gpus"] == "1"


def test_a_pod_is_given_more_time_to_end_than_its_longest_step() -> None:
    spec = _service()["spec"]
    (group,) = spec["rayClusterConfig"]["workerGroupSpecs"]
    given = group["template"]["spec"]["terminationGracePeriodSeconds"]
    sources = ROOT.joinpath("src", "coachai", "serve").glob("*.py")
    said = [
        re.findall(r"^GRACE = ([\d.]+)", path.read_text(encoding="utf-8"), re.MULTILINE) for path in sources
    ]
    assert given > max([LONGEST_STEP, *(float(each) for found in said for each in found)])
    assert spec["rayClusterDeletionDelaySeconds"] >= given


def _peers(policies: list[dict[str, Any]], way: str, word: str) -> Iterator[tuple[Any, Any]]:
    for policy in policies:
        for rule in policy["spec"].get(way, []):
            for peer in rule[word]:
                yield peer, rule.get("ports")


def test_nothing_leaves_the_engine_except_to_itself_and_to_the_name_service() -> None:
    everything = [policy for policy in _policies() if policy["spec"]["podSelector"] == {}]
    assert [policy["spec"]["policyTypes"] for policy in everything] == [["Ingress", "Egress"]]
    assert all(not {"ingress", "egress"} & set(policy["spec"]) for policy in everything)
    engine = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "coachai-engine"}}}
    for peer, ports in _peers(_policies(), "egress", "to"):
        if peer != engine:
            assert peer["podSelector"]["matchLabels"] == {"k8s-app": "kube-dns"}
            assert [port["port"] for port in ports] == [53, 53]


def test_only_the_operator_reaches_the_dashboard() -> None:
    inside = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "coachai-engine"}}}
    reaching = [
        peer
        for peer, ports in _peers(_policies(), "ingress", "from")
        if peer != inside and (ports is None or any(port["port"] == 8265 for port in ports))
    ]
    assert reaching == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kuberay-system"}}}
    ]
    assert _service()["spec"]["rayClusterConfig"]["authOptions"] == {"mode": "token"}


def test_the_policies_take_hold_of_the_pods() -> None:
    labels = [pod["metadata"]["labels"] for pod in _pods(_service())]
    for policy in _policies():
        wanted = policy["spec"]["podSelector"].get("matchLabels", {})
        assert all(wanted.items() <= each.items() for each in labels)


def test_alerts_ask_only_for_figures_that_the_operations_page_explains() -> None:
    rules = yaml.safe_load((DEPLOY / "alerts.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    asked = {name for rule in rules for name in re.findall(r"ray_(\w+?)(?:_sum|_count)?\b", rule["expr"])}
    assert asked
    assert [name for name in sorted(asked) if f"`{name}`" not in page] == []
    assert [rule["alert"] for rule in rules if rule["alert"] not in page] == []


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kustomize_puts_the_manifests_together() -> None:
    ran = subprocess.run(
        ["kubectl", "kustomize", str(DEPLOY)], capture_output=True, text=True, check=True, timeout=60
    )
    kinds = sorted(each["kind"] for each in yaml.safe_load_all(ran.stdout))
    assert kinds == ["Namespace", *["NetworkPolicy"] * 5, "PersistentVolumeClaim", "RayService"]


def test_every_figure_of_the_engine_is_explained() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    made = [
        name
        for path in (ROOT / "src" / "coachai").rglob("*.py")
        for name in re.findall(r"(?:Counter|Gauge|Histogram)\(\s*\"(\w+)\"", path.read_text(encoding="utf-8"))
    ]
    assert [name for name in made if f"`{name}`" not in page and f"`{name}_total`" not in page] == []
