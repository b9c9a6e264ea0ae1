# SPDX-License-Identifier: Apache-2.0
"""ansible-test sanity and ansible-doc on the collection."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
COLLECTION = REPO / "collections/ansible_collections/applied_ai/platform"
BIN = Path(sys.executable).parent
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "applied-ai-platform" / "ansible-test"

# ansible-test makes a virtual environment per test, and pip gets into it by a script from the vendor's own server,
# which cannot be reached everywhere. Python carries pip itself: this stands in for that script, in a cache of ours.
BOOTSTRAP = "import ensurepip\nensurepip.bootstrap()\n"
SKIPPED = {
    "pep8": "ruff checks the same rules with this repository's line length",
    "pylint": "ruff (PL) and mypy --strict check the code, and some of its rules contradict ruff's",
    "yamllint": "the repository's own yamllint runs on the same files",
    # The modules run on the controller alone, under the Python that runs Ansible.
    "import": "imports under every old Python that Ansible supports on managed nodes; here the unit tests import all",
}


def environment() -> dict[str, str]:
    """Return an environment in which ansible-test keeps its things in our cache and not in the home folder."""
    home = CACHE / PYTHON
    (home / ".ansible/test/cache").mkdir(parents=True, exist_ok=True)
    version = pip_version()
    (home / f".ansible/test/cache/get_pip_{version.replace('.', '_')}.py").write_text(BOOTSTRAP)
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHONPATH"))}
    return {**plain, "HOME": str(home), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}


def pip_version() -> str:
    """Return the version of pip that this ansible-test asks for."""
    import ansible_test  # noqa: PLC0415  the test says so when it is missing

    text = (Path(next(iter(ansible_test.__path__))) / "_internal/python_requirements.py").read_text()
    found = re.findall(r"['\"](\d+\.\d+(?:\.\d+)?)['\"]", text[text.index("def get_venv_packages") :])
    return str(found[0]) if found else "24.0"


# The first run makes the virtual environments, which takes minutes; later ones find them in the cache.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the collection where ansible-test wants one: below ansible_collections, under git."""
    root = tmp_path_factory.mktemp("sanity") / "ansible_collections/applied_ai/platform"
    shutil.copytree(COLLECTION, root, ignore=shutil.ignore_patterns("__pycache__", "output"))
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    return root


def sanity(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ansible-test sanity in a copy."""
    command = [str(BIN / "ansible-test"), "sanity", "--python", PYTHON, "--color", "no", *arguments]
    return subprocess.run(command, cwd=root, env=environment(), capture_output=True, text=True, check=False)


def test_sanity_passes(copy: Path) -> None:
    skips = [word for name in SKIPPED for word in ("--skip-test", name)]
    done = sanity(copy, *skips)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    ran = set(re.findall(r'Running sanity test "([\w-]+)"', done.stdout + done.stderr))
    assert {"validate-modules", "ansible-doc", "compile", "runtime-metadata", "shebang"} <= ran


def test_sanity_finds_a_module_whose_documentation_lies(copy: Path, tmp_path: Path) -> None:
    root = tmp_path / "ansible_collections/applied_ai/platform"
    shutil.copytree(copy, root)
    module = root / "plugins/modules/health_cluster_info.py"
    text = module.read_text()
    assert "    default: 300\n" in text
    module.write_text(text.replace("    default: 300\n", "    default: 301\n"))
    done = sanity(root, "--test", "validate-modules", "plugins/modules/health_cluster_info.py")
    assert done.returncode != 0
    assert "doc-default-does-not-match-spec" in done.stdout + done.stderr


def test_ansible_doc_knows_every_plugin() -> None:
    for kind, folder in (("module", "modules"), ("callback", "callback")):
        names = [f"applied_ai.platform.{path.stem}" for path in sorted((COLLECTION / "plugins" / folder).glob("*.py"))]
        done = subprocess.run(
            [str(BIN / "ansible-doc"), "--type", kind, "--json", *names],
            cwd=REPO,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        documents = json.loads(done.stdout)
        assert sorted(documents) == names
        for name in names:
            assert documents[name]["doc"]["short_description"]
            assert documents[name]["examples"], f"{name} has no example"
            assert kind != "module" or documents[name]["return"], f"{name} documents no result"
