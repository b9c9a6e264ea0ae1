# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.image.errors import ImageError
from ansible_collections.applied_ai.platform.plugins.modules import image_build

GOOD, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
PARAMS: dict[str, Any] = {
    "image": {
        "name": "one",
        "repository": "r/one",
        "context": "/services/one",
        "dockerfile": "/images/api/Dockerfile",
        "target": "",
        "arguments": {"SERVICE": "one"},
        "bases": {"BASE": "base-slim"},
        "labels": {"org.opencontainers.image.title": "one"},
    },
    "digests": {"base-slim": GOOD},
    "repositories": {"base-slim": "r/base"},
    "layout": "/nonexistent/out",
    "expected": None,
    "platform": "linux/amd64",
    "secrets": {},
    "engine": "docker",
    "builder": "",
}


class Engine:
    """Notes the digest that it was told to, or fails."""

    def __init__(self, digest: str = GOOD, status: int = 0, err: str = "") -> None:
        self.digest, self.status, self.err = digest, status, err
        self.argv: list[str] = []

    def __call__(self, argv: list[str]) -> tuple[int, str, str]:
        self.argv = argv
        Path(argv[argv.index("--metadata-file") + 1]).write_text(json.dumps({"containerimage.digest": self.digest}))
        return self.status, "", self.err


def test_a_service_is_built_on_its_base_by_digest_and_says_so() -> None:
    engine = Engine()
    assert image_build.build(PARAMS, engine) == GOOD
    assert f"BASE=r/base@{GOOD}" in engine.argv
    assert f"org.opencontainers.image.base.digest={GOOD}" in engine.argv
    assert "org.opencontainers.image.base.name=r/base" in engine.argv
    assert any(word.startswith("type=oci,") for word in engine.argv)


def test_what_an_interrupted_run_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/index.json").touch()
    image_build.build({**PARAMS, "layout": str(tmp_path / "out")}, Engine())
    assert not (tmp_path / "out/index.json").exists()


def test_what_is_pushed_is_what_was_looked_at() -> None:
    params = {**PARAMS, "layout": None, "expected": GOOD}
    engine = Engine()
    assert image_build.build(params, engine) == GOOD
    assert any(word.startswith("type=image,name=r/one,push=true,push-by-digest=true") for word in engine.argv)
    with pytest.raises(ImageError, match=f"building it again gave {OTHER}, and {GOOD} is what was looked at"):
        image_build.build(params, Engine(OTHER))


def test_a_failed_build_is_one_sentence_with_the_last_lines_beside_it() -> None:
    with pytest.raises(ImageError) as caught:
        image_build.build(PARAMS, Engine(status=1, err="#1 step\nerror: failed to solve: no\n"))
    assert caught.value.message == "Failed to build one: failed to solve: no."
    assert caught.value.details["last_lines"] == ["", "#1 step", "error: failed to solve: no"]
