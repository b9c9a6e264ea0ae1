# SPDX-License-Identifier: Apache-2.0
"""The module as a whole, on findings that are given; tests/health/test_remediate.py has it on a real cluster."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.kube import KubeError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy import ledger
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.errors import RemedyError
from ansible_collections.applied_ai.platform.plugins.module_utils.remedy.tools import Tools
from ansible_collections.applied_ai.platform.plugins.modules import health_remedy

Json = dict[str, Any]
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
CHECK = {
    "id": "certificates_valid",
    "status": "failed",
    "severity": "critical",
    "subject": "Certificate s/tls",
    "seen": "expired 2 h ago",
    "since": "",
}


class Cluster:
    """Has one certificate, takes what is sent, and may be away."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.away = False

    def get(self, _path: str) -> Json:
        return {"metadata": {"generation": 1}, "status": {}}

    def items(self, _path: str, **_query: str) -> list[Json]:
        if self.away:
            raise KubeError("away")
        return []

    def metadata(self, path: str, **query: str) -> list[Json]:
        raise NotImplementedError

    def send(self, _method: str, path: str, _body: Json) -> Json:
        self.sent.append(path)
        return {}

    def tools(self) -> Tools:
        def clients(service: str, region: str) -> Any:
            raise AssertionError(f"nobody may ask {service} in {region}")

        return Tools(self, self.send, clients, lambda: NOW, lambda: 0.0, lambda _seconds: None)


def params(path: Path, **over: Any) -> Json:
    defaults = {name: one.get("default") for name, one in health_remedy.ARGUMENTS.items()}
    policy = over.pop("policy", {"enabled": ["expired_certificate"]})
    given = {"checks": [CHECK], "taken_at": NOW.isoformat(), "record_file": str(path / "r.jsonl"), "policy": policy}
    return {**defaults, **given, **over}


def test_it_acts_once_and_says_what_it_did(tmp_path: Path) -> None:
    cluster = Cluster()
    done = health_remedy.remedy(params(tmp_path), cluster.tools(), check_mode=False)
    assert done["changed"]
    assert done["summary"] == ["succeeded: renew Certificate s/tls: cert-manager was asked to issue it again"]
    assert done["failures"] == []
    assert done["diff"][0]["before"] == "Certificate s/tls: expired 2 h ago\n"
    again = health_remedy.remedy(params(tmp_path), cluster.tools(), check_mode=False)
    assert (again["changed"], again["decisions"][0]["guard"], len(cluster.sent)) == (False, "not_again", 1)


@pytest.mark.parametrize(
    ("check_mode", "dry_run", "changed"), [(True, False, True), (False, True, False), (True, True, False)]
)
def test_what_only_tells_writes_nothing(tmp_path: Path, check_mode: bool, dry_run: bool, changed: bool) -> None:
    cluster = Cluster()
    policy = {"enabled": ["expired_certificate"], "dry_run": dry_run}
    told = health_remedy.remedy(params(tmp_path, policy=policy), cluster.tools(), check_mode=check_mode)
    assert told["changed"] is changed
    assert told["summary"] == ["would act: renew Certificate s/tls: Certificate s/tls: expired 2 h ago"]
    assert cluster.sent == []
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_listed_by_itself(tmp_path: Path) -> None:
    cluster = Cluster()
    told = health_remedy.remedy(params(tmp_path, policy={}), cluster.tools(), check_mode=False)
    assert (told["changed"], told["decisions"][0]["guard"], cluster.sent) == (False, "case_listed", [])


def test_no_finding_is_said(tmp_path: Path) -> None:
    told = health_remedy.remedy(params(tmp_path, checks=[]), Cluster().tools(), check_mode=False)
    assert (told["changed"], told["summary"]) == (False, ["no known case"])


def test_nodes_that_cannot_be_seen_hold_only_what_needs_them(tmp_path: Path) -> None:
    cluster = Cluster()
    cluster.away = True
    gpu = {**CHECK, "id": "gpus_without_errors", "subject": "GPU 0 of node n", "seen": "XID 79"}
    given = params(tmp_path, checks=[CHECK, gpu], policy={"enabled": ["expired_certificate", "xid_node"]})
    told = health_remedy.remedy(given, cluster.tools(), check_mode=False)
    assert [(one["decision"], one["guard"]) for one in told["decisions"]] == [("act", ""), ("refused", "one_zone")]


@pytest.mark.parametrize("check_mode", [True, False])
def test_closing_what_was_cut_off_lets_it_be_tried_again(tmp_path: Path, check_mode: bool) -> None:
    path = tmp_path / "r.jsonl"
    begin = ledger.Entry(NOW.replace(hour=10), "1", "expired_certificate", "renew", "Certificate s/tls", "started")
    ledger.append(path, begin)
    tools = Cluster().tools()
    assert not health_remedy.remedy(params(tmp_path), tools, check_mode=check_mode)["changed"]
    told = health_remedy.remedy(params(tmp_path, closed=["1"]), tools, check_mode=check_mode)
    assert (told["changed"], told["decisions"][0]["decision"]) == (True, "act")
    assert len(ledger.load(path).entries) == (1 if check_mode else 4)


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"taken_at": "soon"}, "taken_at is 'soon'; give a time such as"),
        ({"policy": {"enabled": ["reboot"]}}, "names 'reboot'"),
        ({"closed": ["7"]}, "has no action 7"),
    ],
)
def test_what_makes_no_sense_is_a_sentence_and_nothing_is_done(tmp_path: Path, over: Json, message: str) -> None:
    cluster = Cluster()
    with pytest.raises(RemedyError, match=message):
        health_remedy.remedy(params(tmp_path, **over), cluster.tools(), check_mode=False)
    assert cluster.sent == []
