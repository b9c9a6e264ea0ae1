# SPDX-License-Identifier: Apache-2.0
"""Error budgets decide about deployments: the real API server, Helm and a real Prometheus with a week of requests.

Pods are simulated, the operator of Prometheus is missing: what it would load is what the role has put into the cluster.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.slo import documents
from slo.recorded import Outage, Recorded, Users
from support.cluster import Cluster, node, started
from support.rehearsal import Run

pytestmark = [pytest.mark.lab, pytest.mark.slow]

Json = dict[str, Any]
PLAY = "tests/roles/service_rollout/play.yml"
OLD, NEW = "a" * 64, "b" * 64
NOBODY = "http://127.0.0.1:9"
KINDS = ("prometheusrules", "servicemonitors")
# Half of the requests of an hour failed: three times what 99.9 % allow in thirty days, and a third of what 99 % do.
PROMISED = {"spent": 99.9, "forgiven": 99.9, "back": 99.9, "well": 99.0}


def definition(name: str, digest: str, percent: float) -> Json:
    amounts = {"cpu": "100m", "memory": "64Mi"}
    return {
        "image": {"repository": f"registry.example.com/applied-ai/{name}", "digest": f"sha256:{digest}"},
        "team": "research",
        "replicas": 1,
        "autoscaling": {"enabled": False},
        "database": {"secret_name": ""},
        "resources": {"requests": amounts, "limits": amounts},
        "slo": {"availability": percent},
    }


@dataclass
class Platform:
    """A cluster with the kinds of Prometheus' operator, and runs of the role against it."""

    cluster: Cluster
    folder: Path

    def run(self, images: dict[str, str], *arguments: str, **inputs: Any) -> Run:
        """Deploy these images."""
        entries = {name: definition(name, image, PROMISED[name]) for name, image in images.items()}
        given = {"service_definitions": entries, "addon_monitoring": True, "service_error_budgets": True, **inputs}
        (self.folder / "given.json").write_text(json.dumps(given))
        return self.cluster.site.playbook(PLAY, "-e", f"@{self.folder / 'given.json'}", *arguments)

    def images(self) -> dict[str, str]:
        """Return what is deployed."""
        found = self.cluster.get("deployment", "-n", "services")["items"]
        return {
            one["metadata"]["name"]: one["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]
            for one in found
        }

    def rules(self) -> dict[str, Json]:
        """Return the rules in the cluster, by name."""
        found = self.cluster.get("prometheusrule", "-n", "monitoring")["items"]
        return {one["metadata"]["name"]: one["spec"] for one in found}


def kinds(lab: Path, folder: Path) -> Iterator[Path]:
    """Yield the files of the operator's real kinds, which the rehearsal's chart has."""
    (chart,) = (lab / "charts").glob("kube-prometheus-stack-*.tgz")
    with tarfile.open(chart) as archive:
        for member in archive.getmembers():
            if member.name.endswith(tuple(f"monitoring.coreos.com_{kind}.yaml" for kind in KINDS)):
                archive.extract(member, folder, filter="data")
                yield folder / member.name


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("gate")
    with started(folder / "lab") as cluster:
        cluster.create(node("node-1"), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "monitoring"}})
        for path in kinds(folder / "lab", folder):
            cluster.must("kubectl", "apply", "--server-side", "-f", str(path))
        yield Platform(cluster, folder)


@pytest.fixture(scope="module")
def deployed(platform: Platform) -> Platform:
    """Deploy all for the first time, and one again: nobody knows of budgets yet, and that refuses nothing."""
    old = dict.fromkeys(PROMISED, OLD)
    first = platform.run(old, slo_prometheus_url=NOBODY)
    assert first.status == 0, first.output[-4000:]
    assert "Nobody knows what is left of the error budgets of" in told(first)
    newer = platform.run({**old, "back": NEW}, service_selected=["back"], service_error_budgets=False)
    assert newer.status == 0, newer.output[-4000:]
    return platform


@pytest.fixture(scope="module")
def prometheus(deployed: Platform) -> Iterator[str]:
    """Let a week pass in which a budget of each was spent."""
    users = {name: Users((Outage(121, 120, 0.5),)) for name in PROMISED}
    promised = documents.of_services(
        [{"name": name, "namespace": "services", "slo": {"availability": PROMISED[name]}} for name in PROMISED]
    )
    recorded = Recorded(deployed.folder / "prometheus", promised, users)
    recorded.make()
    with recorded.running() as server:
        yield server.url


def told(run: Run) -> str:
    """Return the output as one line: Ansible breaks long messages."""
    return " ".join(run.output.split())


WANTED = {"spent": NEW, "forgiven": NEW, "back": OLD, "well": NEW}


def inputs(url: str) -> Json:
    until = (datetime.now(UTC).date() + timedelta(days=3)).isoformat()
    approval = {"service": "forgiven", "approved_by": "Ada Example", "reason": "It mends what failed", "until": until}
    return {"service_prometheus_url": url, "slo_approvals": [approval]}


def refusals(run: Run) -> list[str]:
    """Return what each refused service was told."""
    return re.findall(r"Service (\S+): it may not be deployed, because \1-availability has used 2\d\d% of", told(run))


def test_who_has_no_budget_left_is_refused_alone(deployed: Platform, prometheus: str) -> None:
    """One of four is: the others are approved, go back, or have a budget left; unchanged, none of them is asked."""
    ahead = deployed.run(WANTED, "--check", service_selected=["spent"], **inputs(prometheus))
    assert ahead.status != 0, "check mode says it, too"
    assert set(refusals(ahead)) == {"spent"}, ahead.output[-4000:]
    assert deployed.images() == {"spent": OLD, "forgiven": OLD, "back": NEW, "well": OLD}

    done = deployed.run(WANTED, **inputs(prometheus))
    assert done.status != 0
    assert set(refusals(done)) == {"spent"}, done.output[-4000:]
    assert "forgiven is deployed although forgiven-availability has used" in told(done)
    assert deployed.images() == {**WANTED, "spent": OLD}

    again = deployed.run(WANTED, **inputs(prometheus))
    assert set(refusals(again)) == {"spent"}
    assert again.recap.changed == 0, again.output[-6000:]


def test_what_has_no_budget_left_here_is_not_promoted(deployed: Platform, prometheus: str) -> None:
    (deployed.folder / "prod").mkdir()
    target = {"service_entry": "promote", "service_name": "spent", "service_promote_to": str(deployed.folder / "prod")}
    done = deployed.run({"spent": OLD}, **target, service_prometheus_url=prometheus)
    assert done.status != 0
    assert "Nothing was promoted. Service spent may not be deployed, because spent-availability has used" in told(done)
    assert list((deployed.folder / "prod").iterdir()) == []


def test_whoever_goes_back_by_hand_is_not_asked(deployed: Platform, prometheus: str) -> None:
    """Forgiven was deployed without a budget; what came of it is taken back at once, approval or not."""
    back = deployed.run(WANTED, service_entry="rollback", service_name="forgiven", service_prometheus_url=prometheus)
    assert back.status == 0, back.output[-4000:]
    assert deployed.images()["forgiven"] == OLD


def test_the_rules_in_the_cluster_are_those_of_what_is_promised_now(deployed: Platform) -> None:
    rules = deployed.rules()
    assert set(rules) == {"objectives-platform", *(f"objectives-{name}" for name in PROMISED)}
    alerts = {
        rule["alert"] for group in rules["objectives-well"]["groups"] for rule in group["rules"] if "alert" in rule
    }
    assert alerts == {"SloBudgetBurnsFast", "SloBudgetBurns", "SloMetricMissing", "SloBudgetExhausted"}
    board = deployed.cluster.get("configmap", "objectives-dashboards", "-n", "monitoring")
    assert json.loads(board["data"]["objectives.json"])["title"] == "Objectives"
    assert deployed.cluster.get("prometheusrule", "-n", "services")["items"] == [], "nobody is woken twice"


def watched(platform: Platform, definitions: Json, *arguments: str, **inputs: Any) -> Run:
    """Run the playbook that brings rules alone, with a cluster that Terraform did not make."""
    given = {
        "service_definitions": definitions,
        "addon_monitoring": True,
        "platform_kubeconfig_file": platform.cluster.kubeconfig,
        "terraform_stack_cluster": {"exists": True},
        **inputs,
    }
    (platform.folder / "watched.json").write_text(json.dumps(given))
    extra = f"@{platform.folder / 'watched.json'}"
    return platform.cluster.site.playbook("playbooks/watch_objectives.yml", "--limit", "aws", "-e", extra, *arguments)


def test_rules_come_and_go_alone(platform: Platform) -> None:
    both = {"well": definition("well", OLD, 99), "back": definition("back", OLD, 99)}
    one = {"well": definition("well", OLD, 99.5)}
    assert watched(platform, both).status == 0
    assert set(platform.rules()) == {"objectives-platform", "objectives-well", "objectives-back"}
    ahead = watched(platform, one, "--check", "--diff")
    assert (ahead.status, ahead.recap.changed) == (0, 2), "one is another, and the other goes"
    assert len(platform.rules()) == 3
    done = watched(platform, one)
    assert (done.status, done.recap.changed) == (0, 2), done.output[-4000:]
    assert set(platform.rules()) == {"objectives-platform", "objectives-well"}
    assert "vector(0.005)" in json.dumps(platform.rules()["objectives-well"])
    assert watched(platform, one).recap.changed == 0
    gone = watched(platform, {}, slo_platform=False)
    assert (gone.status, gone.recap.changed) == (0, 2), gone.output[-4000:]
    assert platform.rules() == {}
    left = platform.cluster.get("configmap", "-n", "monitoring", "-l", "applied-ai.dev/objectives")
    assert left["items"] == []
