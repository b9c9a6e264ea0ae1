# SPDX-License-Identifier: Apache-2.0
"""The modules of health, run whole in this process: their own main, their own connections, their own arguments."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from types import SimpleNamespace
from typing import Any

from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task

Json = dict[str, Any]
PLUGINS = "ansible_collections.applied_ai.platform.plugins"
# Those that run on the controller.
ACTIONS = ("health_gpu_info",)


def module(name: str, given: Json) -> Json:
    """Run a module and return its result; one that fails returns ``failed`` and ``msg``."""
    if name in ACTIONS:
        return action(name, given)
    entry = importlib.import_module(f"{PLUGINS}.modules.{name}")
    printed = io.StringIO()
    basic._ANSIBLE_PROFILE = "legacy"
    with patch_module_args(given), contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        entry.main()
    found: Json = json.loads(printed.getvalue())
    return found


def action(name: str, given: Json) -> Json:
    """Run an action plugin and return its result."""
    entry = importlib.import_module(f"{PLUGINS}.action.{name}")
    task = Task()
    task.args = given
    # It copies nothing anywhere, and so asks nothing more of its connection.
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=""))
    found: Json = entry.ActionModule(task, connection, PlayContext(), DataLoader(), None, None).run(task_vars={})
    return found
