# SPDX-License-Identifier: Apache-2.0
"""What the roles of logs and traces make of their inputs, and what the settings job of Elasticsearch does."""

from __future__ import annotations

import base64
import datetime
import json
import os
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from contract import charts, house
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Json = dict[str, Any]
HOSTS = ("elastic-stack-es-http", "kubernetes.default.svc")
ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
# What is blotted out, and what looks like it and stays.
LINES = {
    "mail ann.lee+x@example.co.uk sent": "mail <email> sent",
    "card 4111 1111 1111 1111 taken": "card <card> taken",
    "amex 371449635398431.": "amex <card>.",
    "Authorization: Bearer abc.def-123": "Authorization: <bearer>",
    '{"ts": 1764312738000, "id": 1764312738000123}': '{"ts": 1764312738000, "id": 1764312738000123}',
    "user@localhost, order 4111-22": "user@localhost, order 4111-22",
}


def one(objects: list[Json], kind: str, name: str = "") -> Json:
    """Return the object of a kind, and of a name if one is given."""
    (found,) = [thing for thing in objects if thing["kind"] == kind and name in ("", thing["metadata"]["name"])]
    return found


@cache
def objects(role: str) -> list[Json]:
    """Return the objects that a role makes of its defaults."""
    return charts.rendered_objects(role, {})


def redactions(role: str, given: Json) -> list[tuple[str, str]]:
    """Return pattern and replacement of each redaction, as the collector would read them."""
    if role == "filebeat":
        beat = one(charts.rendered_objects(role, given), "Beat")
        steps = [step["replace"]["fields"][0] for step in beat["spec"]["config"]["processors"] if "replace" in step]
        return [(step["pattern"], step["replacement"]) for step in steps]
    (values,) = charts.rendered(role, given)
    config = values["config"]
    assert "transform/redact" in config["service"]["pipelines"]["logs"]["processors"]
    found = []
    for statement in config["processors"]["transform/redact"]["log_statements"][0]["statements"]:
        # The collector takes two dollars for one, and OTTL strings are quoted as JSON's are.
        pattern, word = re.fullmatch(
            r'replace_pattern\(log\.body, (".*"), (".*")\)', statement.replace("$$", "$")
        ).groups()  # type: ignore[union-attr]
        found.append((json.loads(pattern), json.loads(word)))
    return found


def test_what_identifies_somebody_is_blotted_out() -> None:
    found = redactions("log_collector", {})
    assert found == redactions("filebeat", {})
    for line, wanted in LINES.items():
        left = line
        for pattern, word in found:
            left = re.sub(pattern, word, left)
        assert left == wanted


def test_both_collectors_take_the_same_redactions_whatever_stands_in_them() -> None:
    given = {"addon_log_redactions": {"quoted": r'say "(\w+)\\"$', "price": r"\$[0-9]+"}}
    wanted = [(r'say "(\w+)\\"$', "<quoted>"), (r"\$[0-9]+", "<price>")]
    assert redactions("log_collector", given) == redactions("filebeat", given) == wanted


def test_both_collectors_write_to_the_data_stream_whose_template_elastic_stack_has() -> None:
    beat = one(objects("filebeat"), "Beat")["spec"]["config"]
    stream = beat["output.elasticsearch.index"]
    (values,) = charts.rendered("log_collector", {})
    (dataset,) = values["config"]["processors"]["resource/stream"]["attributes"]
    assert stream == f"logs-{dataset['value']}-default"
    templates = [document for path, document in documents({}) if path == "_index_template/platform-logs"]
    assert [re.fullmatch(templates[0]["index_patterns"][0].replace("*", ".*"), stream) is not None] == [True]
    assert templates[0]["template"]["settings"]["index.lifecycle.name"] == "platform-logs"


@pytest.mark.parametrize("replicas", [1, 2])
def test_all_spans_of_a_trace_meet_in_one_replica(replicas: int) -> None:
    (values,) = charts.rendered("opentelemetry_collector", {"opentelemetry_collector_replicas": replicas})
    config, ports = values["config"], values["ports"]
    pipelines = config["service"]["pipelines"]
    decides = [pipelines[name]["receivers"] for name in ("traces", "traces/graph")]
    if replicas == 1:
        assert decides == [["otlp"], ["otlp"]]
        assert "load_balancing" not in config["exporters"]
        return
    assert decides == [["otlp/balanced"], ["otlp/balanced"]]
    assert pipelines["traces/balance"]["receivers"] == ["otlp"]
    balancer = config["exporters"]["load_balancing"]
    assert balancer["routing_key"] == "traceID"
    (port,) = balancer["resolver"]["k8s"]["ports"]
    assert ports["balanced"]["enabled"] is True
    assert port == ports["balanced"]["containerPort"]
    assert config["receivers"]["otlp/balanced"]["protocols"]["grpc"]["endpoint"].endswith(f":{port}")
    assert values["clusterRole"]["create"] is True


def test_what_the_service_graph_tells_is_scraped() -> None:
    (values,) = charts.rendered("opentelemetry_collector", {})
    endpoint = values["config"]["exporters"]["prometheus"]["endpoint"]
    (port,) = [name for name, it in values["ports"].items() if endpoint.endswith(f":{it.get('containerPort')}")]
    assert {"port": port} in values["serviceMonitor"]["metricsEndpoints"]


def test_jaeger_waits_for_no_policy_and_its_old_indices_go() -> None:
    """A lifecycle policy that rolls over fails on indices by day, and a template of ours would hide Jaeger's."""
    (values,) = charts.rendered("jaeger", {"jaeger_retention_days": 3, "elastic_stack_replicas": 3})
    assert values["esIndexCleaner"]["numberOfDays"] == 3
    store = values["userconfig"]["extensions"]["jaeger_storage"]["backends"]["elasticsearch"]["elasticsearch"]
    assert {name: index["replicas"] for name, index in store["indices"].items()} == dict.fromkeys(store["indices"], 1)
    assert [pattern for _, it in documents({}) for pattern in it.get("index_patterns", [])] == ["logs-*-*"]


def test_pods_of_jaeger_are_other_ones_when_its_configuration_is() -> None:
    labels = [
        charts.rendered("jaeger", {"jaeger_index_replicas": copies})[0]["jaeger"]["podLabels"] for copies in (0, 1)
    ]
    assert labels[0] != labels[1]


@pytest.mark.parametrize(
    ("role", "secret"),
    [("log_collector", ""), ("jaeger", ""), ("elasticsearch_exporter", "elasticsearch_exporter_secret")],
)
def test_nobody_is_the_superuser(role: str, secret: str) -> None:
    defaults = house.defaults(role)
    name = defaults[secret or f"{role}_elasticsearch_secret"]
    user = defaults[f"{role}_user" if secret else f"{role}_elasticsearch_user"]
    stack = objects("elastic_stack")
    assert one(stack, "Secret", name).get("data") is None
    assert name == f"elastic-stack-user-{user}"
    assert user in one(stack, "ConfigMap")["data"]["users"].split()


def test_three_nodes_are_spread_over_zones_and_write_snapshots_with_a_token_that_they_may_read() -> None:
    given = {
        "elastic_stack_replicas": 3,
        "elastic_stack_snapshot_bucket": "snapshots",
        "elastic_stack_role_arn": "arn:aws:iam::123456789012:role/elastic",
    }
    (nodes,) = one(charts.rendered_objects("elastic_stack", given), "Elasticsearch")["spec"]["nodeSets"]
    assert nodes["count"] == 3
    assert nodes["zoneAwareness"] == {}
    assert nodes["config"]["s3.client.default.region"] == "us-east-1"
    spec = nodes["podTemplate"]["spec"]
    (container,) = spec["containers"]
    (mount,) = container["volumeMounts"]
    (token,) = [volume["projected"]["sources"][0]["serviceAccountToken"] for volume in spec["volumes"]]
    environment = {it["name"]: it["value"] for it in container["env"]}
    assert environment["AWS_WEB_IDENTITY_TOKEN_FILE"] == f"{mount['mountPath']}/{token['path']}"
    assert [path for path, _ in documents(given)][-2:] == ["_snapshot/s3", "_slm/policy/nightly"]


def documents(given: Json) -> list[tuple[str, Json]]:
    """Return what Elasticsearch is told: paths and documents."""
    stack = charts.rendered_objects("elastic_stack", given) if given else objects("elastic_stack")
    data = one(stack, "ConfigMap")["data"]
    return list(zip(data["paths"].split(), map(json.loads, data["documents"].splitlines()), strict=True))


@dataclass
class Servers:
    """Elasticsearch and the API server, as far as the settings job knows them."""

    folder: Path
    port: int = 0
    told: dict[str, Json] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    refused: str = ""

    def answer(self, method: str, host: str, path: str, body: Json) -> tuple[int, Json]:
        """Return status and answer of a request."""
        if host.startswith("kubernetes"):
            name = path.partition("?")[0].rpartition("/")[2]
            if method == "PATCH":
                self.secrets[name] = base64.b64encode(body["stringData"]["password"].encode()).decode()
            data = {"password": self.secrets[name]} if name in self.secrets else {}
            return 200, {"data": data, "metadata": {"managedFields": [{"fieldsV1": {"f:password": {}}}]}}
        if method == "PUT":
            if path == self.refused:
                return 400, {"error": "no such bucket"}
            self.told[path] = body
        return 200, {}

    def run(self) -> subprocess.CompletedProcess[str]:
        """Run the job's script with the real bash and curl; only its paths and addresses lead elsewhere."""
        data = one(objects("elastic_stack"), "ConfigMap")["data"]
        for name in ("paths", "documents", "users"):
            (self.folder / name).write_text(data[name])
        script = self.folder / "script"
        script.write_text(re.sub(rf"{ACCOUNT}|/(?:certs|settings|tmp)(?=/)", str(self.folder), data["script"]))
        (self.folder / ".curlrc").write_text(
            "".join(
                f'connect-to = "{host}:127.0.0.1:{self.port}"\n' for host in (f"{HOSTS[0]}:9200", f"{HOSTS[1]}:443")
            )
        )
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PASSWORD": "any"}
        return subprocess.run(
            ["/bin/bash", "-euo", "pipefail", str(script)],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            timeout=60,
        )


def certificate(folder: Path) -> None:
    """Write a certificate for both servers, which is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "both")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    """Serve both."""
    certificate(tmp_path)
    (tmp_path / "token").write_text("token")
    (tmp_path / "namespace").write_text("observability")
    both = Servers(tmp_path)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            status, content = both.answer(self.command, self.headers["Host"], self.path.lstrip("/"), body)
            text = json.dumps(content, indent=2).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_PUT = do_PATCH = answer  # noqa: N815  the names that the server calls

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "ca.crt", tmp_path / "key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        both.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield both
        server.shutdown()
        thread.join()


def test_the_settings_job_makes_users_whose_passwords_only_their_secrets_know(servers: Servers) -> None:
    first = servers.run()
    assert first.returncode == 0, first.stderr
    assert {path for path, _ in documents({})} <= servers.told.keys()
    assert all(servers.told[path] == document for path, document in documents({}))
    users = {path.rpartition("/")[2]: body for path, body in servers.told.items() if "_security/user/" in path}
    known = {
        name.removeprefix("elastic-stack-user-"): base64.b64decode(it).decode() for name, it in servers.secrets.items()
    }
    assert {user: body["password"] for user, body in users.items()} == known
    assert {user: body["roles"] for user, body in users.items()} == {user: [user] for user in users}
    assert len({*known.values()}) == len(known) == 3
    assert min(map(len, known.values())) >= 32
    assert not any(password in first.stdout + first.stderr for password in known.values())
    before = dict(servers.secrets)
    assert servers.run().returncode == 0
    assert servers.secrets == before


def test_the_settings_job_fails_with_what_elasticsearch_says(servers: Servers) -> None:
    servers.refused = "_index_template/platform-logs"
    done = servers.run()
    assert done.returncode != 0
    assert "no such bucket" in done.stderr
    # Those that write were made before.
    assert len(servers.secrets) == 3
