# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.action import terraform_wait

Json = dict[str, Any]


class Action(terraform_wait.ActionModule):
    """The action without a play around it: its task, connection and module calls are given."""

    def __init__(self, arguments: Json, *, transport: str = "local", check_mode: bool = False) -> None:
        self._task = SimpleNamespace(args=arguments, check_mode=check_mode, async_val=0, diff=False, action="wait")
        self._connection = SimpleNamespace(transport=transport, _shell=SimpleNamespace(tmpdir=None))
        self.answers: list[Json] = []

    def validate_argument_spec(self, argument_spec: Json, **_: Any) -> tuple[None, Json]:
        defaults = {name: option.get("default") for name, option in argument_spec.items()}
        return None, {**defaults, **self._task.args}

    def get_shell_option(self, option: str, default: Any = None) -> Any:
        return default

    def _execute_module(self, **_: Any) -> Json:
        return self.answers.pop(0)


@pytest.fixture(autouse=True)
def _no_play(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform_wait.ActionBase, "run", lambda *_: {})


def test_a_remote_host_is_refused_with_a_sentence(tmp_path: Path) -> None:
    result = Action({"directory": str(tmp_path)}, transport="ssh").run(task_vars={"inventory_hostname": "web"})
    assert result["failed"]
    assert "the connection of web is ssh" in result["msg"]


def test_check_mode_waits_for_nothing(tmp_path: Path) -> None:
    assert Action({"directory": str(tmp_path)}, check_mode=True).run()["skipped"]


def test_idle_without_an_earlier_apply_is_at_once(tmp_path: Path) -> None:
    result = Action({"directory": str(tmp_path), "until": "idle"}).run()
    assert result == {"changed": False, "changes": {}, "completed": []}


def test_a_job_that_goes_on_has_no_result_yet(tmp_path: Path) -> None:
    action = Action({"directory": str(tmp_path)})
    action.answers = [{"finished": 0}, {"finished": 1, "rc": 0}]
    ask = action._job_result("1.2", {})
    assert ask() is None
    assert ask() == {"finished": 1, "rc": 0}
