# SPDX-License-Identifier: Apache-2.0
"""KEDA's real operator and metrics server beside the control plane, in a network namespace of their own.

    python -m benchmarks.spike_keda PROGRAMS CERTIFICATES SOCKET
is the inner half: it runs both, and leads what comes to the Unix socket to the metrics server.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import ipaddress
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from lab import tools
from support import sealed
from support.cluster import Cluster, eventually

HERE = Path(__file__).resolve().parent
MODULE = HERE / "spike_keda"
NAMESPACE = "keda"
# Ports inside: nobody else is there.
METRICS_SERVER, OPERATOR = 6443, 9666
Json = dict[str, Any]


def version() -> str:
    """Return the version that the Go module names, which is that of the chart."""
    found = re.search(r"kedacore/keda/v2 (v[\d.]+)", (MODULE / "go.mod").read_text())
    assert found
    return found[1]


def certificates(folder: Path) -> None:
    """Write a certificate for loopback that is its own authority: operator and metrics server show it to each other."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(both), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir()
    text = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "ca.crt").write_bytes(text)
    (folder / "tls.crt").write_bytes(text)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "tls.key").write_bytes(private)


def objects(port: int) -> list[Json]:
    """Return what leads the API of external metrics to a port of this machine."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "keda-metrics-apiserver", "namespace": NAMESPACE},
            "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"name": "https", "port": port}]},
        },
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1beta1.external.metrics.k8s.io"},
            "spec": {
                "group": "external.metrics.k8s.io",
                "version": "v1beta1",
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                "insecureSkipTLSVerify": True,
                "service": {"name": "keda-metrics-apiserver", "namespace": NAMESPACE, "port": port},
            },
        },
    ]


def available(cluster: Cluster) -> bool:
    """Say whether the API of external metrics is served."""
    status = cluster.get("apiservice", "v1beta1.external.metrics.k8s.io").get("status") or {}
    return any(one["type"] == "Available" and one["status"] == "True" for one in status.get("conditions") or [])


def patiently(connect: Callable[[], socket.socket]) -> socket.socket:
    """Return a connection as soon as there is somebody to take it."""
    while True:
        with contextlib.suppress(OSError):
            return connect()
        time.sleep(0.2)


@contextlib.contextmanager
def running(cluster: Cluster, cache: Path, folder: Path, reachable: int) -> Iterator[None]:
    """Run KEDA, which reaches the API server and one more port of this machine."""
    programs = tools.build_module(cache, "keda", MODULE, print)
    module = tools.fetch_module("github.com/kedacore/keda/v2", version(), HERE)
    cluster.must("kubectl", "apply", "--server-side", "-f", str(module / "config/crd/bases"))
    cluster.must("kubectl", "create", "namespace", NAMESPACE)
    folder.mkdir()
    certificates(folder / "certificates")
    inside = folder / "metrics-server"
    ports: Any = cluster.site.facts["ports"]
    environment = {
        "KUBECONFIG": cluster.kubeconfig,
        "POD_NAMESPACE": NAMESPACE,
        "WATCH_NAMESPACE": "",
        "KEDA_CLUSTER_OBJECT_NAMESPACE": NAMESPACE,
    }
    argv = [sys.executable, "-m", "benchmarks.spike_keda", str(programs), str(folder / "certificates"), str(inside)]
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        sealed.serve(listener, functools.partial(patiently, functools.partial(sealed.to_socket, str(inside))))
        stack.enter_context(sealed.running(argv, [ports["kube_apiserver"], reachable], folder, environment))
        cluster.create(*objects(listener.getsockname()[1]))
        eventually(lambda: available(cluster), 120, lambda: (folder / "log").read_text()[-3000:])
        yield


def main() -> int:
    """Be the inner half, until told to end."""
    programs, certificates_folder, inside = sys.argv[1:]
    kubeconfig = os.environ["KUBECONFIG"]
    operator = [
        f"{programs}/operator",
        "--zap-log-level=info",
        f"--cert-dir={certificates_folder}",
        f"--metrics-service-bind-address=127.0.0.1:{OPERATOR}",
        "--metrics-bind-address=127.0.0.1:8082",
    ]
    metrics_server = [
        f"{programs}/adapter",
        f"--secure-port={METRICS_SERVER}",
        f"--metrics-service-address=localhost:{OPERATOR}",
        f"--cert-dir={certificates_folder}",
        f"--tls-cert-file={certificates_folder}/tls.crt",
        f"--tls-private-key-file={certificates_folder}/tls.key",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        f"--lister-kubeconfig={kubeconfig}",
    ]
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(inside)
        connect = functools.partial(socket.create_connection, ("127.0.0.1", METRICS_SERVER))
        sealed.serve(listener, functools.partial(patiently, connect))
        children = [stack.enter_context(subprocess.Popen(argv)) for argv in (operator, metrics_server)]

        def end(*_arguments: object) -> None:
            for child in children:
                child.terminate()

        signal.signal(signal.SIGTERM, end)
        # One without the other is of no use.
        _pid, status = os.wait()
        end()
        return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
