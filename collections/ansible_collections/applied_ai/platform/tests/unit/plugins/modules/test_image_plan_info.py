# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.image.errors import ImageError
from ansible_collections.applied_ai.platform.plugins.module_utils.image.registry import Answer, Registry
from ansible_collections.applied_ai.platform.plugins.modules import image_plan_info

UPSTREAM = {
    "slim": {"image": "docker.io/library/python", "tag": "3.13-slim", "digest": "", "python": "3.13"},
    "cuda": {"image": "docker.io/nvidia/cuda", "tag": "12.9", "digest": "", "python": "3.12"},
}


@pytest.fixture
def params(tmp_path: Path) -> dict[str, Any]:
    """Make Dockerfiles, a service, and the module's parameters for them."""
    for kind in ("base", "api"):
        (tmp_path / "images" / kind).mkdir(parents=True)
        (tmp_path / "images" / kind / "Dockerfile").write_text(f"# {kind}\n")
    for name in ("src/one", "tests"):
        (tmp_path / "one" / name).mkdir(parents=True)
    for name in ("pyproject.toml", "requirements.txt", "requirements-test.txt"):
        (tmp_path / "one" / name).touch()
    one = {"name": "one", "kind": "api", "context": str(tmp_path / "one"), "package": "one", "repository": "one"}
    return {
        "definitions": [one],
        "source": str(tmp_path / "images"),
        "upstream": UPSTREAM,
        "upstream_file": "versions.yml",
        "pinned": False,
        "mirror": "",
        "repositories": {"base": "r.example.com/base", "one": "r.example.com/one"},
        "base_repository": "base",
        "platform": "linux/amd64",
        "engine": "auto",
        "builder": "",
        "required_tools": [],
    }


def registry(*there: str) -> Registry:
    """Return a registry that has every tag of some repositories."""

    def fetch(_method: str, url: str, _headers: Any, _body: Any) -> Answer:
        found = any(f"/{name}/manifests" in url for name in there)
        return Answer(200, {"docker-content-digest": f"sha256:{'a' * 64}"}, b"") if found else Answer(404, {}, b"")

    return Registry(fetch, {})


def which(name: str) -> str | None:
    return "/bin/buildctl" if name == "buildctl" else None


def run(argv: list[str]) -> tuple[int, str, str]:
    return (128, "", "no repository") if argv[0] == "git" else (0, "", "")


def test_what_the_registry_lacks_is_built_bases_first(params: dict[str, Any]) -> None:
    result = image_plan_info.make_plan(params, registry(), which, run)
    assert result["outstanding"] == ["base-slim-build", "base-slim", "one"]
    assert [image["name"] for image in result["images"]] == result["outstanding"]
    assert result["engine"] == "buildctl"
    assert result["tools"] == {"trivy": "", "syft": "", "cosign": ""}
    assert result["images"][-1]["source"] == {}


def test_what_is_there_is_not_built(params: dict[str, Any]) -> None:
    result = image_plan_info.make_plan(params, registry("base", "one"), lambda _name: None, run)
    assert result["outstanding"] == []
    assert result["images"][-1]["digest"].startswith("sha256:")


def test_a_base_that_nothing_is_built_on_is_not_built(params: dict[str, Any]) -> None:
    assert image_plan_info.make_plan(params, registry("one"), lambda _name: None, run)["outstanding"] == []


def test_a_machine_that_cannot_build_fails_only_if_it_must(params: dict[str, Any]) -> None:
    with pytest.raises(ImageError, match=r"^1 image has to be built \(one\), but this machine has no container engine"):
        image_plan_info.make_plan(params, registry("base"), lambda _name: None, run)


def test_tools_that_are_demanded_have_to_be_there(params: dict[str, Any]) -> None:
    with pytest.raises(ImageError, match=r"^cosign is not on PATH, and image_required_tools demands it"):
        image_plan_info.make_plan({**params, "required_tools": ["cosign"]}, registry(), which, run)


def test_every_mistake_is_told_at_once(params: dict[str, Any]) -> None:
    wrong = {**params, "pinned": True, "repositories": {"one": "r.example.com/one"}}
    wrong["definitions"] = [{**params["definitions"][0], "package": "two"}]
    with pytest.raises(ImageError) as caught:
        image_plan_info.make_plan(wrong, registry(), which, run)
    lines = caught.value.message.splitlines()
    assert len(lines) == 3
    assert "lacks src/two" in lines[0]
    assert "has no digest for slim" in lines[1]
    assert (
        "The registry has no repository base; add it to registry.repositories of terraform_stack_variables" in lines[2]
    )


def test_the_commit_of_a_folder_and_whether_it_was_changed(tmp_path: Path) -> None:
    def git(argv: list[str]) -> tuple[int, str, str]:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    assert image_plan_info.source_of(tmp_path, git) == {}
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "one").touch()
    own = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([*own, "add", "one"], check=True)
    subprocess.run([*own, "commit", "-q", "-m", "one"], check=True)
    found = image_plan_info.source_of(tmp_path, git)
    assert (len(found["commit"]), found["changed"]) == (40, False)
    (tmp_path / "two").touch()
    assert image_plan_info.source_of(tmp_path, git)["changed"] is True
