# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lab import certificates

NOW = datetime(2026, 11, 28, tzinfo=UTC)
NEW = {"metadata": {"namespace": "a", "name": "web", "generation": 2}}


def test_a_new_certificate_is_issued_once() -> None:
    [(path, patch)] = certificates.to_issue([NEW], NOW)
    assert path == "/apis/cert-manager.io/v1/namespaces/a/certificates/web/status"
    assert patch["status"]["notAfter"] == "2027-02-26T00:00:00Z"
    assert patch["status"]["conditions"][0]["status"] == "True"
    assert list(certificates.to_issue([{**NEW, **patch}], NOW)) == []


def test_what_somebody_said_of_a_certificate_stays() -> None:
    refused = {**NEW, "status": {"conditions": [{"type": "Ready", "status": "False"}]}}
    assert list(certificates.to_issue([refused], NOW)) == []


@pytest.mark.parametrize(
    ("name", "phase", "runs"),
    [("cert-manager", "Running", True), ("cert-manager", "Pending", False), ("webhook", "Running", False)],
)
def test_nobody_issues_without_its_controller(name: str, phase: str, *, runs: bool) -> None:
    pod = {"metadata": {"labels": {certificates.NAME: name}}, "status": {"phase": phase}}
    assert certificates.runs([pod]) is runs
