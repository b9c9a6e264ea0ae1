# SPDX-License-Identifier: Apache-2.0
"""The command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from lab import cluster, lifecycle, memory
from lab.errors import LabError
from lab.faults import TARGETS, CrashLoop, Register, gpu_count, require_node
from lab.kube import Kube
from lab.paths import Paths
from lab.state import State, write_text


def rate(text: str) -> float:
    """Parse a share of requests."""
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no share of requests: use a number above 0 and at most 1")
    return value


def seconds(text: str) -> float:
    """Parse a delay."""
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is no delay: use a number of seconds above 0")
    return value


def parser() -> argparse.ArgumentParser:
    """Describe the commands."""
    top = argparse.ArgumentParser(prog="lab", description="The rehearsal environment; see tests/lab/README.md.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("tools", help="build or fetch everything the lab needs, once")
    commands.add_parser("up", help="start what does not run and wait until it is healthy")
    commands.add_parser("down", help="stop; the state stays")
    commands.add_parser("status", help="tell what runs; exit status 1 unless all does")
    clean = commands.add_parser("clean", help="stop and remove LAB_DIR")
    clean.add_argument("--cache", action="store_true", help="remove the shared cache (LAB_CACHE) too")
    commands.add_parser("memory", help="memory of the lab and its users, now and at most")
    fault = commands.add_parser("fault", help="inject or clear a fault; without one, list them")
    kinds = fault.add_subparsers(dest="fault", metavar="FAULT")
    lost = kinds.add_parser("node-lost", help="a node stops reporting")
    lost.add_argument("node")
    gpu = kinds.add_parser("gpu-lost", help="GPUs fall off a node's bus")
    gpu.add_argument("node")
    gpu.add_argument("--count", type=int, default=0, help="how many (default: all)")
    crash = kinds.add_parser("pods-crash-looping", help="pods crash again and again, later ones too")
    crash.add_argument("selector", help="label selector, such as app.kubernetes.io/name=vibe-coder")
    crash.add_argument("-n", "--namespace", default="", help="one namespace (default: all)")
    errors = kinds.add_parser("api-errors", help="a proxy that answers this share of requests with an error")
    errors.add_argument("rate", type=rate, nargs="?", default=1.0)
    slow = kinds.add_parser("api-slow", help="a proxy that answers after so many seconds")
    slow.add_argument("seconds", type=seconds, nargs="?", default=5.0)
    for kind in (errors, slow):
        kind.add_argument("--target", choices=TARGETS, default="kubernetes")
    for kind in (lost, gpu, crash, errors, slow):
        kind.add_argument("--clear", action="store_true", help="end this fault")
    kinds.add_parser("clear", help="end all faults")
    commands.add_parser("agent")  # the background processes of `up` and `fault`
    commands.add_parser("proxy").add_argument("target", choices=TARGETS)
    return top


def change(register: Register, arguments: argparse.Namespace, paths: Paths) -> None:
    """Write the wanted fault into the register, or take it out."""
    kind = arguments.fault
    if kind in ("node-lost", "gpu-lost"):
        name = arguments.node
        if arguments.clear:
            register.nodes_lost = [n for n in register.nodes_lost if kind != "node-lost" or n != name]
            if kind == "gpu-lost":
                register.gpus_lost.pop(name, None)
            return
        kube = Kube(cluster.server(State.load(paths.state)), paths.cluster / "pki")
        node = require_node(name, kube.nodes())
        if kind == "node-lost":
            register.nodes_lost = sorted({*register.nodes_lost, name})
            return
        has = gpu_count(node)
        if not has or arguments.count > has:
            raise LabError(f"Node {name} has {has} GPUs: name a node with at least {max(arguments.count, 1)}.")
        register.gpus_lost[name] = arguments.count or has
    elif kind == "pods-crash-looping":
        loop = CrashLoop(selector=arguments.selector, namespace=arguments.namespace)
        register.crash_loops = [other for other in register.crash_loops if other != loop]
        if not arguments.clear:
            register.crash_loops.append(loop)
    else:
        values = register.api_errors if kind == "api-errors" else register.api_slow_s
        values.pop(arguments.target, None)
        if not arguments.clear:
            values[arguments.target] = arguments.rate if kind == "api-errors" else arguments.seconds


def proxy_kubeconfig(port: int) -> str:
    """Write a kubeconfig that leads through the proxy; the proxy itself holds the credentials."""
    return (
        "apiVersion: v1\nkind: Config\ncurrent-context: lab-fault\n"
        f"clusters:\n- name: lab-fault\n  cluster: {{server: 'http://127.0.0.1:{port}'}}\n"
        "contexts:\n- name: lab-fault\n  context: {cluster: lab-fault, user: lab-fault}\n"
        "users:\n- name: lab-fault\n  user: {}\n"
    )


def fault(paths: Paths, arguments: argparse.Namespace) -> None:
    """Inject, clear or list faults."""
    register = Register.load(paths.faults)
    if arguments.fault == "clear":
        register = Register()
    elif arguments.fault:
        _lines, up = lifecycle.status(paths)
        if not up:
            raise LabError(f"The lab in {paths.dir} (LAB_DIR) does not run: start it with `lab up`.")
        change(register, arguments, paths)
    if arguments.fault:
        register.save(paths.faults)
    if arguments.fault in ("api-errors", "api-slow") and not arguments.clear:
        state, target = State.load(paths.state), arguments.target
        lifecycle.start_self(paths, state, f"proxy-{target}", "proxy", target)
        port = state.ports[f"fault_{target}"]
        if target == "kubernetes":
            write_text(paths.dir / "kubeconfig.fault", proxy_kubeconfig(port))
            print(f"Use the faulty API server with KUBECONFIG={paths.dir / 'kubeconfig.fault'}")
        else:
            print(f"Use the faulty AWS with AWS_ENDPOINT_URL=http://127.0.0.1:{port}")
    print("\n".join(register.describe()) or "No fault is injected.")


def dispatch(arguments: argparse.Namespace, paths: Paths) -> int:
    """Run one command."""
    watch = lifecycle.Stopwatch()
    match arguments.command:
        case "tools":
            lifecycle.make_tools(paths, watch, lifecycle.prepare(paths, watch))
        case "up":
            lifecycle.up(paths, watch)
        case "down":
            lifecycle.down(paths, watch)
        case "status":
            lines, running = lifecycle.status(paths)
            print("\n".join(lines))
            return 0 if running else 1
        case "clean":
            lifecycle.clean(paths, watch, arguments.cache)
        case "memory":
            print(memory.report(paths))
        case "fault":
            fault(paths, arguments)
        case "agent":
            from lab import agent  # noqa: PLC0415 - slow to import, and only this needs it

            return agent.main(paths)
        case "proxy":
            from lab import proxy  # noqa: PLC0415

            return proxy.main(paths, arguments.target)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; an error is one sentence on stderr and exit status 2."""
    try:
        return dispatch(parser().parse_args(argv), Paths.from_environment(os.environ))
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2
