# SPDX-License-Identifier: Apache-2.0
"""Bad input stops before anything is changed, with one sentence: what, where, and what would be right.

Real runs of site.yml on a small inventory. terraform and helm are stand-ins that tell their version and write down what
they are asked, so that "nothing was changed" is a fact: they were asked for their version and for nothing else.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

REPO = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
HOST = "aws_us_east_1_test"


@dataclass
class Platform:
    """An inventory of one sound platform, and the machine around it."""

    root: Path
    entry: dict[str, Any] = field(default_factory=dict)
    terraform: dict[str, Any] = field(default_factory=dict)
    programs: dict[str, str] = field(default_factory=lambda: {"terraform": "Terraform v1.11.4", "helm": "v4.3.1"})

    @property
    def inventory(self) -> Path:
        return self.root / "inventory"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def log(self) -> Path:
        return self.root / "asked.log"

    def write(self) -> None:
        """Write the inventory and the programs."""
        programs = self.root / "bin"
        programs.mkdir()
        for name, version in self.programs.items():
            (programs / name).write_text(f"#!/bin/sh\necho {name} \"$@\" >> '{self.log}'\necho '{version}'\n")
            (programs / name).chmod(0o755)
        (self.root / "kubeconfig").write_text("apiVersion: v1\nkind: Config\n")
        entry = {
            "platform_environment": "local",
            "platform_region": "us-east-1",
            "platform_kubeconfig": str(self.root / "kubeconfig"),
            "platform_state_dir": str(self.state),
            # Nothing else is on this PATH: what the platform needs beyond it would be missed here.
            "platform_process_environment": {"PATH": f"{programs}:/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED": "true"},
            "terraform_stack_variables": {
                "vpc_cidr": "10.0.0.0/16",
                "availability_zones": ["us-east-1a", "us-east-1b"],
                **self.terraform,
            },
            **self.entry,
        }
        variables = self.inventory / "group_vars/all"
        variables.mkdir(parents=True)
        hosts = {"all": {"children": {"aws": {"hosts": {HOST: None}}, "local": {"hosts": {HOST: None}}}}}
        (self.inventory / "hosts.yml").write_text(yaml.safe_dump(hosts))
        connection = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        (variables / "ansible.yml").write_text(yaml.safe_dump(connection))
        present = {name: value for name, value in entry.items() if value is not None}
        (variables / "platform.yml").write_text(yaml.safe_dump(present))

    def run(self, playbook: str = "site.yml") -> subprocess.CompletedProcess[str]:
        """Run a playbook as a user does, without any cloud or cluster of the machine's own."""
        hidden = ("AWS_", "ANSIBLE_", "KUBE", "LAB_", "TF_")
        plain = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        return subprocess.run(
            [str(BIN / "ansible-playbook"), playbook, "-i", str(self.inventory)],
            cwd=REPO,
            env={**plain, "ANSIBLE_FORCE_COLOR": "0", "COLUMNS": "400"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def asked(self) -> list[str]:
        """Return what the programs were asked."""
        return self.log.read_text().splitlines() if self.log.is_file() else []


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform(tmp_path)


def told(run: subprocess.CompletedProcess[str]) -> str:
    """Return what a run said, on one line."""
    return " ".join((run.stdout + run.stderr).split())


def assert_nothing_changed(platform: Platform, run: subprocess.CompletedProcess[str]) -> None:
    """Require a failure without a change or a state, in which programs were asked for their versions at most."""
    assert run.returncode != 0
    assert not platform.state.exists()
    assert [line for line in platform.asked() if " version" not in line] == []
    assert re.findall(r"changed=([1-9]\d*)", run.stdout) == []
    assert "Traceback" not in run.stdout + run.stderr


SIZES = {"desired_size": 0, "max_size": 1, "min_size": 0}
SERVICE = {"image": {"repository": "r.example.com/api", "tag": "1"}, "team": "a"}
FILE = "inventory/group_vars/all/platform.yml:"
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown key": (
        {"entry": {"platform_kubeconfg": "x"}},
        [FILE, "sets platform_kubeconfg, which no role declares; did you mean platform_kubeconfig."],
    ),
    "unknown key of an add-on": (
        {"entry": {"metrics_server_replica": 3}},
        [FILE, "sets metrics_server_replica, which no role declares; did you mean metrics_server_replicas."],
    ),
    "unknown Terraform variable": (
        {"terraform": {"vpc_cird": "10.0.0.0/16"}},
        ["terraform_stack_variables.vpc_cird", "is no variable of this Terraform root; did you mean vpc_cidr."],
    ),
    "unknown key of a node group": (
        {"terraform": {"node_groups": {"gpu": {"instance_types": ["g5.xlarge"], "capasity_type": "SPOT"}}}},
        ["node_groups", ".gpu.capasity_type is no key that Terraform knows there; did you mean capacity_type."],
    ),
    "VPC range that is none": (
        {"terraform": {"vpc_cidr": "10.0.0.0/40"}},
        ["terraform_stack_variables.vpc_cidr", "is 10.0.0.0/40, which is no IPv4 range; write it like 10.0.0.0/16."],
    ),
    "subnet outside the VPC": (
        {"terraform": {"private_subnet_cidrs": ["10.0.0.0/20", "10.1.0.0/20"]}},
        [FILE, "[1] is 10.1.0.0/20, which is not inside vpc_cidr 10.0.0.0/16; choose a part of that."],
    ),
    "subnets that overlap": (
        {"terraform": {"public_subnet_cidrs": ["10.0.0.0/24", "10.0.0.128/25"]}},
        ["[1] is 10.0.0.128/25, which overlaps 10.0.0.0/24", "choose ranges apart."],
    ),
    "unknown instance type": (
        {"terraform": {"node_groups": {"gpu": {"instance_types": ["g5.xlarg"]}}}},
        [
            "node_groups",
            ".gpu.instance_types[0] is g5.xlarg, which is no instance type of AWS; did you mean g5.xlarge.",
        ],
    ),
    "unknown region": (
        {"entry": {"platform_region": "us-esat-1"}, "terraform": {"availability_zones": []}},
        ["platform_region", FILE, "is us-esat-1, which is no region of AWS; did you mean us-east-1."],
    ),
    "zone of another region": (
        {"terraform": {"availability_zones": ["eu-west-1a", "us-east-1b"]}},
        ["availability_zones", "[0] is eu-west-1a, which is not a zone of us-east-1; write it like us-east-1a."],
    ),
    "missing kubeconfig": (
        {"entry": {"platform_kubeconfig": "/nonexistent/kubeconfig"}},
        ["platform_kubeconfig is /nonexistent/kubeconfig, where there is no file; name one that exists"],
    ),
    "unknown environment": (
        {"entry": {"platform_environment": "prod"}},
        ["value of platform_environment must be one of: production, staging, development, local, got: prod"],
    ),
    "missing region": (
        {"entry": {"platform_region": None}},
        ["The inventory entry aws_us_east_1_test does not set platform_region, which is required"],
    ),
    "unknown state of an add-on": (
        {"entry": {"metrics_server_state": "abesnt"}},
        [FILE, "value of metrics_server_state must be one of: present, absent, got: abesnt"],
    ),
    "unknown add-on": (
        {"entry": {"istio_gatway_hosts": ["a.example.com"]}},
        [FILE, "sets istio_gatway_hosts, which no role declares; did you mean istio_gateway_hosts."],
    ),
    "two add-ons that exclude each other": (
        {"entry": {"addon_node_autoscaler": "cluster_autoscaler", "karpenter_state": "present"}},
        [
            "karpenter_state is present, but addon_node_autoscaler is cluster_autoscaler: set addon_node_autoscaler to",
            "karpenter, or remove karpenter_state from the inventory.",
        ],
    ),
    "unknown choice": (
        {"entry": {"addon_mesh": "consul"}},
        [FILE, "value of addon_mesh must be one of: istio_ambient, istio_sidecar, linkerd, none, got: consul"],
    ),
    "number that is none": (
        {"entry": {"metrics_server_replicas": "two"}},
        [FILE, "metrics_server_replicas", "two"],
    ),
    "service with an unknown option": (
        {
            "entry": {
                "service_definitions": {
                    "api": {"image": {"repository": "r.example.com/api", "tag": "1"}, "team": "a", "secert": "db"}
                }
            }
        },
        ["service_definitions", "secert"],
    ),
    "team in a namespace of the cluster": (
        {"entry": {"team_definitions": {"vision": {"namespaces": ["kube-system"]}}}},
        ["team_definitions.vision has the namespace kube-system, which is the cluster's own; choose another."],
    ),
    "team with less than its services need": (
        {
            "entry": {
                "team_definitions": {"vision": {"quota": {"cpu": "500m"}, "groups": {"develper": ["people"]}}},
                "service_definitions": {
                    "api": {"image": {"repository": "r.example.com/api", "tag": "1"}, "team": "vision"},
                    "web": {"image": {"repository": "r.example.com/web", "tag": "1"}, "team": "vison"},
                },
            }
        },
        [
            f"{HOST} has 3 mistakes; nothing was changed.",
            "team_definitions.vision.quota.cpu is 0.5, and what runs in vision (api) needs 0.85 at its least replicas",
            "groups names the role develper, which rbac_roles_definitions lacks; did you mean developer.",
            "service_definitions: web names the team vison, which team_definitions lacks; did you mean vision.",
        ],
    ),
    "services that cannot work": (
        {
            "terraform": {"node_groups": {"gpu": {"instance_types": ["g5.xlarge"], "scaling_config": SIZES}}},
            "entry": {
                "service_require_digest": True,
                "service_definitions": {
                    "api": {**SERVICE, "calls": ["model"]},
                    "model": {**SERVICE, "gpu": {"count": 1, "model": "h100"}},
                    "worker": {
                        **SERVICE,
                        "resources": {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}},
                        "callers": ["nobody"],
                    },
                },
            },
        },
        [
            "Nothing was changed.",
            "image.tag 1 may be another image tomorrow and service_require_digest is on",
            "it calls model, which does not let it in, add api to the callers of model",
            "gpu.model h100 is of no node group, use one of a10g (node group gpu), or add a node group with it.",
            "resources.limits.memory 1Gi is below resources.requests.memory 2Gi, raise the one or lower the other.",
            "callers names services/nobody, and there is no such service",
        ],
    ),
    "missing program": (
        {"programs": {"terraform": "Terraform v1.11.4"}},
        ["The program helm is not on PATH; install helm 3.17 or newer"],
    ),
    "old program": (
        {"programs": {"terraform": "Terraform v1.9.8", "helm": "v4.3.1"}},
        [
            "/terraform has version 1.9.8, but older ones cannot lock the state in S3 itself;",
            "install terraform 1.10 or newer.",
        ],
    ),
}


@pytest.mark.parametrize(("change", "sentences"), CASES.values(), ids=CASES)
def test_bad_input_stops_with_a_sentence_before_anything_is_changed(
    platform: Platform, change: dict[str, Any], sentences: list[str]
) -> None:
    for name, value in change.items():
        setattr(platform, name, value)
    platform.write()
    run = platform.run()
    assert_nothing_changed(platform, run)
    for sentence in sentences:
        assert sentence in told(run), run.stdout[-3000:]


def test_a_sound_entry_passes(platform: Platform) -> None:
    """What the cases above change is what makes them fail."""
    platform.write()
    run = platform.run("playbooks/check_inventory.yml")
    assert run.returncode == 0, run.stdout[-3000:]
    assert sorted(line.split()[0] for line in platform.asked()) == ["helm", "terraform"]
    assert not platform.state.exists()


def test_all_mistakes_are_told_at_once(platform: Platform) -> None:
    platform.entry = {
        "platform_environment": "prod",
        "platform_kubeconfig": "/nonexistent/kubeconfig",
        "metrics_server_state": "abesnt",
        "foo": 1,
    }
    platform.terraform = {"vpc_cidr": "large"}
    platform.programs = {"terraform": "Terraform v1.9.8"}
    platform.write()
    run = platform.run("playbooks/check_inventory.yml")
    assert_nothing_changed(platform, run)
    said = told(run)
    assert f"{HOST} has 7 mistakes; nothing was changed." in said
    for part in (
        "platform_environment",
        "no file",
        "abesnt",
        "sets foo",
        "is large",
        "version 1.9.8",
        "helm is not on",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("text", "part"),
    [("all: [", "hosts.yml"), ("- a\n- b\n", "hosts.yml"), ("all:\n  hosts:\n\tx:\n", "hosts.yml")],
    ids=["unfinished", "a list", "a tab"],
)
def test_a_broken_inventory_file_stops_the_run(platform: Platform, text: str, part: str) -> None:
    platform.write()
    (platform.inventory / "hosts.yml").write_text(text)
    run = platform.run()
    assert_nothing_changed(platform, run)
    assert part in told(run)
    assert platform.asked() == []


def test_a_misspelt_key_is_found_in_a_copy_of_the_rehearsals_inventory(tmp_path: Path) -> None:
    """The real inventory, one letter wrong."""
    copy = tmp_path / "local"
    shutil.copytree(REPO / "inventories/local", copy)
    path = copy / "group_vars/all/platform.yml"
    path.write_text(path.read_text().replace("platform_state_dir:", "platform_state_dri:"))
    run = subprocess.run(
        [str(BIN / "ansible-playbook"), "playbooks/check_inventory.yml", "-i", str(copy)],
        cwd=REPO,
        env={**os.environ, "LAB_DIR": str(tmp_path / "lab"), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "sets platform_state_dri, which no role declares; did you mean platform_state_dir." in told(run)


@pytest.mark.lab
def test_a_port_in_use_is_told_by_the_rehearsal(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = {
            **os.environ,
            "LAB_DIR": str(tmp_path / "lab"),
            "LAB_PORT_EMULATOR": str(port),
            "PYTHONPATH": str(REPO / "tests"),
        }
        run = subprocess.run(
            [sys.executable, "-m", "lab", "up"], cwd=REPO, env=environment, capture_output=True, text=True, check=False
        )
    assert run.returncode != 0
    assert str(port) in run.stdout + run.stderr
    assert "LAB_PORT_EMULATOR" in run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "lab/lab.json").exists()
