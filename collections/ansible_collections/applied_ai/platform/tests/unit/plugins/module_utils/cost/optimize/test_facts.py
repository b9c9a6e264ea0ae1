# SPDX-License-Identifier: Apache-2.0
"""Facts from JSON: numbers stay exact, mistakes name their place."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.optimize import facts

BASE = {"region": "us-east-1", "as_of": "2026-11-28"}


def load(tmp_path: Path, **more: object) -> facts.Facts:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({**BASE, **more}))
    return facts.load(path)


def test_facts_are_read_with_exact_numbers_and_defaults(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        volumes=[{"id": "vol-1", "kind": "gp2", "size_gb": 8, "attached": False, "tags": {"Team": "a"}}],
        gateways=[{"id": "nat-1", "vpc": "vpc-1", "zones": 2, "gb_by_service": {"s3": 0.1}}],
        node_groups=[{"name": "g", "instance_type": "m5.large", "desired": 1, "cpu_used": None}],
        unknown=[{"source": "x", "reason": "y"}],
    )
    assert found.volumes == (facts.Volume("vol-1", "gp2", 8, False, tags={"Team": "a"}),)
    assert found.gateways[0].gb_by_service == {"s3": Decimal("0.1")}
    assert found.node_groups[0].cpu_used is None
    assert found.unknown == (facts.Unknown("x", "y"),)
    assert found.buckets == ()


BAD = {
    "key": ({"volume": []}, "has volume, which is not known"),
    "missing": ({"volumes": [{"id": "v"}]}, "volumes[0] lacks kind, size_gb, attached."),
    "no list": ({"volumes": {}}, "volumes is {}; it must be a list."),
    "negative": ({"log_groups": [{"name": "l", "stored_gb": -1, "retention_days": 0}]}, "stored_gb is -1; it must not"),
    "float size": ({"volumes": [{"id": "v", "kind": "gp2", "size_gb": 1.5, "attached": True}]}, "must be an int"),
    "bool": ({"volumes": [{"id": "v", "kind": "gp2", "size_gb": True, "attached": True}]}, "must be an int"),
    "text": ({"addresses": [{"id": "a", "address": "x", "attached": "yes"}]}, "attached is 'yes'; it must be bool"),
    "number": ({"buckets": [{"name": "b", "cold_gb": "many"}]}, "cold_gb is 'many'; it must be a decimal number"),
    "tags": (
        {"addresses": [{"id": "a", "address": "x", "attached": True, "tags": []}]},
        "tags is []; it must be an object",
    ),
    "entry": ({"addresses": ["a"]}, "addresses[0] is str; it must be an object"),
}


@pytest.mark.parametrize(("more", "sentence"), BAD.values(), ids=BAD)
def test_a_mistake_names_its_place(tmp_path: Path, more: dict, sentence: str) -> None:
    with pytest.raises(CostError) as caught:
        load(tmp_path, **more)
    assert sentence in str(caught.value)
    assert "facts.json" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "\xff"])
def test_what_is_no_json_object_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(CostError, match=r"must be (a JSON|an) object"):
        facts.load(path)
