"""The files of `deploy/` are valid by their own tools and schemas, agree with one another and give no rights away."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from crowd import broker
from tests.deploy import told
from tests.deploy.crds import SCHEMAS
from tests.deploy.site import SERVERS

KUBERNETES = told.DEPLOY / "kubernetes"
OVERLAYS = sorted(path.parent for path in KUBERNETES.glob("overlays/*/kustomization.yaml"))
OLDEST, NEWEST = "1.33.0", "1.37.0"  # of Kubernetes, that the objects are good for
CROWD = ("migrate", "bucket", "web-1", "web-2", "worker-quick", "worker-long", "worker-outside", "beat")


def tool(name: str) -> str:
    """Return the program's path; without it the test is skipped, or fails where all are to be there."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        said = f"{name} is not installed: pip install -e '.[dev]', apt-get install nginx-light"
        if os.environ.get("CROWD_REQUIRE_SERVERS"):
            pytest.fail(said)
        pytest.skip(said)
    return found


def run(*words: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False, **more)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return told.compose(told.example())


@pytest.fixture(scope="module", params=OVERLAYS, ids=lambda path: path.name)
def objects(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """What `kubectl apply -k` would send."""
    made = run(tool("kubectl"), "kustomize", request.param)
    assert made.returncode == 0, made.stderr
    return list(yaml.safe_load_all(made.stdout))


def pods(objects: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in objects:
        if each["kind"] in ("Deployment", "Job"):
            yield each["metadata"]["name"], each["spec"]["template"]["spec"]


def named(objects: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def test_the_containerfile_is_clean_by_hadolint() -> None:
    # DL3059: one RUN a step is meant, as each is a layer that may stay
    found = run(tool("hadolint"), "--no-color", "--ignore", "DL3059", told.DEPLOY / "container" / "Containerfile")
    assert (found.returncode, found.stdout) == (0, "")


def test_the_image_needs_no_root_no_shell_and_nothing_unpinned() -> None:
    found = told.instructions()
    assert not [each for each in found if each["instruction"] == "ADD"]
    for each in found:
        if each["instruction"] in ("RUN", "CMD", "ENTRYPOINT"):
            assert json.loads(each["value"]), each  # the exec form
        if each["instruction"] == "HEALTHCHECK":
            assert json.loads(each["value"].partition("CMD ")[2])[:3] == ["python", "-m", "crowd.probe"]
        if each["instruction"] == "FROM":
            assert each["value"].startswith("${PYTHON} AS ")
    [base] = [each["value"] for each in found if each["instruction"] == "ARG"]
    assert re.fullmatch(r"PYTHON=\S+:\d+\.\d+\.\d+-\S+", base)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", told.image().user)


def test_only_what_the_image_is_made_of_goes_to_the_builder() -> None:
    lines = (told.DEPLOY.parent / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    copied = {
        word
        for each in told.instructions()
        if each["instruction"] == "COPY" and "--from" not in each["value"]
        for word in each["value"].split()[:-1]
    }
    assert {line[1:] for line in lines if line.startswith("!")} == copied
    assert all((told.DEPLOY.parent / word).exists() for word in copied)


def test_compose_is_valid() -> None:
    checker = tool("check-jsonschema")
    found = run(checker, "--builtin-schema", "vendor.compose-spec", told.COMPOSE / "compose.yaml")
    assert found.returncode == 0, found.stdout + found.stderr


def test_every_container_is_held_to_what_it_needs(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"]), name
        assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"]), name
        assert "healthcheck" in service or name.startswith("web"), name  # web's is the image's
        assert ":" in service["image"].rpartition("/")[2], name
        assert not service["image"].endswith(":latest") or name in CROWD
        assert name == "proxy" or "ports" not in service
        assert not [key for key, value in service.get("environment", {}).items() if secret(key, value)], name
    networks = {name for name, network in compose["networks"].items() if not network.get("internal")}
    assert {name for name in compose["services"] if networks & set(compose["services"][name]["networks"])} == {
        "proxy",
        "web-1",
        "web-2",
        "worker-long",
        "worker-outside",
    }


def secret(key: str, value: Any) -> bool:
    told_by_file = key.endswith("_FILE") or str(value).startswith("/run")
    return bool(re.search("PASS|SECRET|TOKEN|KEY", key)) and not told_by_file


def test_compose_starts_in_order_and_every_variable_is_explained(compose: dict[str, Any]) -> None:
    once = {"migrate", "bucket"}
    for name in set(CROWD) - once:
        waits = compose["services"][name]["depends_on"]
        assert all(waits[each] == {"condition": "service_completed_successfully"} for each in once)
        assert set(waits) - once == {"database", "objects", "rabbitmq", "valkey"}
    variables = {found[1] for found in told.VARIABLE.finditer((told.COMPOSE / "compose.yaml").read_text())}
    assert variables == set(told.example()) - {"COMPOSE_PROFILES"}
    made = (told.COMPOSE / "make_secrets.py").read_text()
    for name, file in compose["secrets"].items():
        assert file == {"file": f"secrets/{name}"}
        assert f'"{name}"' in made


def worked(words: list[str]) -> list[str]:
    return words[words.index("--queues") + 1].split(",")


def test_every_queue_has_its_workers_in_both(compose: dict[str, Any], objects: list[dict[str, Any]]) -> None:
    here = [worked(each["command"]) for name, each in compose["services"].items() if name.startswith("worker")]
    there = [worked(pod["containers"][0]["command"]) for name, pod in pods(objects) if name.startswith("worker")]
    assert sorted(chain(*here)) == sorted(chain(*there)) == sorted(broker.NAMES)
    scaled = {each["spec"]["triggers"][0]["metadata"]["queueName"] for each in named(objects, "ScaledObject").values()}
    assert scaled == set(broker.NAMES)


def test_what_is_the_same_in_both_is_the_same(compose: dict[str, Any], objects: list[dict[str, Any]]) -> None:
    there = {name: pod["containers"][0].get("command") for name, pod in pods(objects)}
    here = {name: each.get("command") for name, each in compose["services"].items()}
    assert (there["beat"], there["migrate"], there["web"]) == (here["beat"], here["migrate"], here["web-1"])
    for name in ("worker-quick", "worker-long", "worker-outside"):
        assert there[name] == here[name]


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_takes_every_object(objects: list[dict[str, Any]], version: str) -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="pip install -e '.[dev]'")
    for each in objects:
        if (each["apiVersion"], each["kind"]) in SCHEMAS:
            jsonschema.validate(each, SCHEMAS[each["apiVersion"], each["kind"]])
        else:
            validate.validate(each, version, strict=True)


def test_pods_are_restricted_bounded_and_known_by_what_they_need(objects: list[dict[str, Any]]) -> None:
    [namespace] = named(objects, "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    maps, priorities = named(objects, "ConfigMap"), named(objects, "PriorityClass")
    for name, pod in pods(objects):
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert str(pod["securityContext"]["runAsUser"]) == told.image().user.split(":")[0]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert pod["priorityClassName"] in priorities
        [container] = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]
        assert container["envFrom"][0]["configMapRef"]["name"] in maps
        kept = {item["secretKey"] for item in named(objects, "ExternalSecret")["crowd"]["spec"]["data"]}
        files = {each["value"].rpartition("/")[2] for each in container["env"] if each["name"].endswith("_FILE")}
        assert files <= kept
        assert name == "migrate" or {"startupProbe", "livenessProbe"} <= set(container)


def test_workers_and_beat_wait_for_the_schema_of_their_release(objects: list[dict[str, Any]]) -> None:
    for name, pod in pods(objects):
        if name in ("web", "migrate"):
            assert "initContainers" not in pod
            continue
        [first], [then] = pod["initContainers"], pod["containers"]
        assert first["command"] == ["crowd", "migrate", "--check"]
        for key in ("image", "env", "envFrom", "securityContext", "volumeMounts"):
            assert first[key] == then[key], (name, key)


def test_what_only_operators_ask_is_refused_at_the_door_and_the_scrape_is_named(objects: list[dict[str, Any]]) -> None:
    paths = named(objects, "Ingress")["web"]["spec"]["rules"][0]["http"]["paths"]
    refused = {each["path"] for each in paths if each["backend"]["service"]["name"] == "nothing"}
    assert refused == {"/metrics", "/readyz"}
    label = named(objects, "ServiceMonitor")["web"]["spec"]["jobLabel"]
    services = [each for each in objects if each["kind"] == "Service" and each["metadata"]["name"] == "web"]
    assert [each["metadata"]["labels"][label] for each in services] == ["crowd"]


def test_there_is_one_beat_and_what_scales_is_not_counted_twice(objects: list[dict[str, Any]]) -> None:
    deployments = named(objects, "Deployment")
    beat = deployments["beat"]["spec"]
    assert (beat["replicas"], beat["strategy"]) == (1, {"type": "Recreate"})
    targets = [each["spec"]["scaleTargetRef"]["name"] for each in objects if "scaleTargetRef" in each.get("spec", {})]
    assert sorted([*targets, "beat"]) == sorted(deployments)
    assert not [name for name in targets if "replicas" in deployments[name]["spec"]]
    for each in named(objects, "PodDisruptionBudget").values():
        assert each["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"] in deployments


def test_pods_may_speak_to_what_is_named_only(objects: list[dict[str, Any]]) -> None:
    policies = named(objects, "NetworkPolicy")
    assert {"Ingress", "Egress"} == set(policies["nothing"]["spec"]["policyTypes"])
    assert not {"ingress", "egress"} & set(policies["nothing"]["spec"])
    [names] = policies["names"]["spec"]["egress"][0]["to"]
    assert names["podSelector"] == {"matchExpressions": [{"key": "k8s-app", "operator": "In", "values": ["kube-dns"]}]}
    solver = {"key": "acme.cert-manager.io/http01-solver", "operator": "In", "values": ["true"]}
    assert policies["certificates"]["spec"]["podSelector"] == {"matchExpressions": [solver]}
    [out] = policies["outside"]["spec"]["podSelector"]["matchExpressions"]
    assert (out["operator"], out["values"]) == ("In", ["web", "worker-long", "worker-outside"])
    [rule] = policies["outside"]["spec"]["egress"]
    assert {"10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"} <= set(rule["to"][0]["ipBlock"]["except"])


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    nginx = tool("nginx")
    names = ("/CN=x", "-keyout", str(tmp_path / "tls.key"), "-out", str(tmp_path / "tls.crt"))
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", *names)
    text = (told.DEPLOY / "nginx" / "nginx.conf").read_text().replace(" /tmp/", f" {tmp_path}/")
    for name in ("web-1", "web-2", *SERVERS):
        text = text.replace(f"server {name}:", "server 127.0.0.1:")  # names are resolved where it runs
    (tmp_path / "nginx.conf").write_text(text.replace("/run/secrets/", f"{tmp_path}/"))
    found = run(nginx, "-t", "-q", "-c", tmp_path / "nginx.conf")
    assert found.returncode == 0, found.stderr


def test_secrets_are_made_once_and_for_either_broker(tmp_path: Path) -> None:
    program = told.COMPOSE / "make_secrets.py"
    words = ("crowd.example.org", "--folder", tmp_path / "secrets")
    assert run(sys.executable, program, *words).returncode == 0
    first = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert first["broker_url"].startswith("amqp://crowd:")
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert run(sys.executable, program, *words, "--broker", "valkey").returncode == 0
    second = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert [name for name in first if first[name] != second[name]] == ["broker_url"]
    assert second["broker_url"].startswith("redis://:")
    assert first["limits_url"].startswith("redis://:")
