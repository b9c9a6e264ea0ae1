# SPDX-License-Identifier: Apache-2.0
"""The Kubernetes control plane: kwokctl's binary runtime with our ports, stages and binaries."""

from __future__ import annotations

import base64
import os
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import yaml

from lab import ports, processes
from lab.errors import LabError
from lab.paths import SOURCE, Paths
from lab.state import Process, State, write_text
from lab.tools import TOOLS_MODULE, kubernetes_version

STAGES = SOURCE / "stages"
READY_TIMEOUT_S = 60.0
SERVICE_RANGE = "172.20.0.0/16"  # the one that EKS gives a cluster whose VPC is in 10.0.0.0/8
ADMINISTRATOR = "kwok-admin"  # name in the certificate that kwokctl makes for itself
COMPONENTS = {
    "etcd": ("etcd", "etcd_peer"),
    "kube-apiserver": ("kube_apiserver",),
    "kube-controller-manager": ("kube_controller_manager",),
    "kube-scheduler": ("kube_scheduler",),
    "kwok-controller": ("kwok",),
}
BINARIES = {
    "etcdBinary": "etcd",
    "kubeApiserverBinary": "kube-apiserver",
    "kubeControllerManagerBinary": "kube-controller-manager",
    "kubeSchedulerBinary": "kube-scheduler",
    "kwokControllerBinary": "kwok",
}
PORTS = {
    "etcdPort": "etcd",
    "etcdPeerPort": "etcd_peer",
    "kubeApiserverPort": "kube_apiserver",
    "kubeControllerManagerPort": "kube_controller_manager",
    "kubeSchedulerPort": "kube_scheduler",
    "kwokControllerPort": "kwok",
}


def server(state: State) -> str:
    """Return the API server's address."""
    return f"https://127.0.0.1:{state.ports['kube_apiserver']}"


def configuration(paths: Paths, state: State, version: str) -> dict[str, Any]:
    """Build kwokctl's configuration: every binary, port and address is ours, so it needs no network."""
    pki = paths.cluster / "pki"
    # The aggregation layer: the metrics API sees the caller's own identity, not the API server's.
    extra = {
        "requestheader-client-ca-file": str(pki / "ca.crt"),
        "requestheader-allowed-names": ADMINISTRATOR,
        "requestheader-username-headers": "X-Remote-User",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "service-cluster-ip-range": SERVICE_RANGE,
        # One replica: no waiting for endpoints that nobody serves.
        "endpoint-reconciler-type": "none",
    }
    return {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokctlConfiguration",
        "options": {
            "runtime": "binary",
            "bindAddress": "127.0.0.1",
            "securePort": True,
            "kubeVersion": version,
            "kubeAdmission": True,
            "kubeAuthorization": True,
            **{option: str(paths.bin / name) for option, name in BINARIES.items()},
            **{option: state.ports[name] for option, name in PORTS.items()},
        },
        "componentsPatches": [
            {
                "name": "kube-apiserver",
                "extraArgs": [{"key": key, "value": value} for key, value in extra.items()],
            },
            # kwokctl passes on stages, but not usages and metrics: KWOK reads those from a second file.
            {"name": "kwok-controller", "extraArgs": [{"key": "config", "value": str(usage_file(paths))}]},
        ],
    }


def usage_file(paths: Paths) -> Path:
    """Name KWOK's second configuration file."""
    return paths.dir / "kwok-usage.yaml"


def stage_documents(folder: Path = STAGES) -> list[dict[str, Any]]:
    """Read our stages, usages and metrics in a fixed order."""
    documents: list[dict[str, Any]] = []
    for file in sorted(folder.glob("*.yaml")):
        documents += [document for document in yaml.safe_load_all(file.read_text()) if document]
    return documents


def embed(kubeconfig: dict[str, Any]) -> dict[str, Any]:
    """Replace the files that a kubeconfig names by their content: kubernetes.core copies the file."""
    keys = ("certificate-authority", "client-certificate", "client-key")
    for entry in [*kubeconfig["clusters"], *kubeconfig["users"]]:
        section = entry.get("cluster") or entry.get("user")
        for key in keys:
            if key in section:
                section[f"{key}-data"] = base64.b64encode(Path(section.pop(key)).read_bytes()).decode()
    return kubeconfig


def kwokctl(paths: Paths, version: str, *arguments: str) -> None:
    """Run kwokctl for this lab's cluster."""
    environ = {**os.environ, "KWOK_WORKDIR": str(paths.kwok_workdir), "KWOK_KUBE_VERSION": version}
    environ.pop("KUBECONFIG", None)
    # kwokctl asks the API server with kubectl, and would download one that it does not find on PATH.
    environ["PATH"] = f"{paths.bin}{os.pathsep}{environ.get('PATH', '')}"
    argv = [str(paths.bin / "kwokctl"), "--name", "lab", *arguments]
    log = paths.logs / "kwokctl.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        done = subprocess.run(argv, env=environ, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, check=False)
    if done.returncode != 0:
        raise LabError(f"`kwokctl {' '.join(arguments[:2])}` ended with {done.returncode}: {processes.tail(log)}")


def component_processes(paths: Paths) -> dict[str, Process]:
    """Find the control plane's processes by kwokctl's pid files, leaving out those that are not ours."""
    found: dict[str, Process] = {}
    for name in COMPONENTS:
        try:
            pid = int((paths.cluster / "pids" / f"{name}.pid").read_text())
        except (FileNotFoundError, ValueError):
            continue
        command, started = processes.command_line(pid), processes.start_time(pid)
        if started is not None and str(paths.dir) in command:
            found[name] = Process(pid=pid, started=started, command=command)
    return found


def get(paths: Paths, state: State, path: str, timeout_s: float = 5.0) -> bytes | None:
    """Read a path of the API server as administrator; None while it does not answer."""
    pki = paths.cluster / "pki"
    try:
        context = ssl.create_default_context(cafile=pki / "ca.crt")
        context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        with urllib.request.urlopen(f"{server(state)}{path}", timeout=timeout_s, context=context) as answer:
            content: bytes = answer.read()
            return content
    except (urllib.error.URLError, OSError):
        return None


def made(paths: Paths) -> Path:
    """Name the file that says that the cluster was made completely."""
    return paths.cluster / "lab-made"


def start(paths: Paths, state: State) -> bool:
    """Create the cluster, or start it again from its data; tell whether anything had to be started."""
    running = component_processes(paths)
    if set(running) == set(COMPONENTS):
        return False
    stop(paths)
    for name in [port for names in COMPONENTS.values() for port in names]:
        ports.require_free(name, state.ports[name], os.environ)
    documents = stage_documents()
    stages = [document for document in documents if document["kind"] == "Stage"]
    write_text(usage_file(paths), yaml.safe_dump_all([d for d in documents if d["kind"] != "Stage"], sort_keys=False))
    version = kubernetes_version((TOOLS_MODULE / "go.mod").read_text())
    if made(paths).is_file():
        # kwokctl trusts its pid files; after a restart of the machine they name somebody else's process.
        for file in (paths.cluster / "pids").glob("*.pid"):
            file.unlink()
        configured = paths.cluster / "kwok.yaml"
        kept = [d for d in yaml.safe_load_all(configured.read_text()) if d["kind"] != "Stage"]
        write_text(configured, yaml.safe_dump_all([*kept, *stages], sort_keys=False))
        kwokctl(paths, version, "start", "cluster", "--wait", "0s", "--timeout", "60s")
        return True
    created = [configuration(paths, state, version), *stages]
    write_text(paths.dir / "kwokctl.yaml", yaml.safe_dump_all(created, sort_keys=False))
    if paths.cluster.exists():
        kwokctl(paths, version, "delete", "cluster")  # half made by an interrupted `up`
    kubeconfig = paths.dir / "kwokctl.kubeconfig"
    options = (
        "--config",
        str(paths.dir / "kwokctl.yaml"),
        "--kubeconfig",
        str(kubeconfig),
        "--wait",
        "0s",
        "--timeout",
        "60s",
    )
    kwokctl(paths, version, "create", "cluster", *options)
    return True


def wait(paths: Paths, state: State) -> None:
    """Wait until the API server is ready, then write the kubeconfig."""
    ready = processes.wait_until(
        lambda: get(paths, state, "/readyz") == b"ok" or "kube-apiserver" not in component_processes(paths),
        READY_TIMEOUT_S,
    )
    if not ready or "kube-apiserver" not in component_processes(paths):
        logs = paths.cluster / "logs"
        raise LabError(
            f"The Kubernetes API server was not ready at {server(state)} within {READY_TIMEOUT_S:.0f} s;"
            f" its logs are in {logs}: {processes.tail(logs / 'kube-apiserver.log')}"
        )
    kubeconfig = yaml.safe_load((paths.cluster / "kubeconfig.yaml").read_text())
    write_text(paths.kubeconfig, yaml.safe_dump(embed(kubeconfig), sort_keys=False))
    made(paths).touch()


def stop(paths: Paths) -> int:
    """End the control plane, the data store last; return how many processes were ended."""
    running = component_processes(paths)
    for name in reversed(COMPONENTS):
        if name in running:
            processes.stop(running[name])
    for file in (paths.cluster / "pids").glob("*.pid"):
        file.unlink()
    return len(running)
