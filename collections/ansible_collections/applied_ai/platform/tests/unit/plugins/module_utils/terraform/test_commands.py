# SPDX-License-Identifier: Apache-2.0
"""Exact command lines, the environment, and errors in one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import commands
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import Completed, TerraformError

PLAN = Path("/run/platform.tfplan")


def diagnostic(summary: str, detail: str = "", severity: str = "error", **more: object) -> str:
    found = {"severity": severity, "summary": summary, "detail": detail, **more}
    return json.dumps({"type": "diagnostic", "diagnostic": found})


def test_init_names_the_backend_file() -> None:
    assert commands.init_argv("terraform", Path("/run/b.json")) == [
        "terraform",
        "init",
        "-json",
        "-input=false",
        "-reconfigure",
        "-backend-config=/run/b.json",
    ]


def test_init_without_backend_takes_the_configurations_own() -> None:
    assert commands.init_argv("terraform", None) == ["terraform", "init", "-json", "-input=false", "-reconfigure"]


@pytest.mark.parametrize(
    ("destroy", "lock", "variables", "tail"),
    [
        pytest.param(False, True, Path("/v.json"), ["-lock-timeout=7s", "-var-file=/v.json"], id="plan"),
        pytest.param(False, False, None, ["-lock=false"], id="check mode takes no lock"),
        pytest.param(True, True, None, ["-lock-timeout=7s", "-destroy"], id="destroy"),
    ],
)
def test_plan_argv(destroy: bool, lock: bool, variables: Path | None, tail: list[str]) -> None:
    argv = commands.plan_argv("tf", out=PLAN, variables=variables, destroy=destroy, lock=lock, lock_timeout=7)
    assert argv == ["tf", "plan", "-json", "-input=false", "-detailed-exitcode", f"-out={PLAN}", *tail]


def test_apply_takes_the_saved_plan_and_nothing_that_could_approve_another() -> None:
    assert commands.apply_argv("tf", PLAN, lock_timeout=0) == [
        "tf",
        "apply",
        "-json",
        "-input=false",
        "-lock-timeout=0s",
        str(PLAN),
    ]


def test_the_others() -> None:
    assert commands.show_argv("tf", PLAN) == ["tf", "show", "-json", str(PLAN)]
    assert commands.output_argv("tf") == ["tf", "output", "-json"]
    assert commands.state_list_argv("tf") == ["tf", "state", "list"]
    assert commands.force_unlock_argv("tf", "abc") == ["tf", "force-unlock", "-force", "abc"]


def test_environment_keeps_the_callers_and_drops_what_changes_arguments() -> None:
    given = {
        "PATH": "/bin",
        "TF_CLI_ARGS": "-x",
        "TF_CLI_ARGS_plan": "-y",
        "TF_DATA_DIR": "/d",
        "TF_CLI_CONFIG_FILE": "/c",
    }
    assert commands.environment(given) == {
        "PATH": "/bin",
        "TF_CLI_CONFIG_FILE": "/c",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
    }


def test_explain_is_one_line_in_terraforms_words_with_place() -> None:
    where = {"filename": "main.tf", "start": {"line": 12}}
    text = "\n".join(
        [
            diagnostic("ignored", severity="warning"),
            diagnostic("Invalid value", "Not a CIDR:\n  10.0.0.0/99", address="aws_vpc.this", range=where),
            diagnostic("Another"),
            '{"type": "diag',
        ]
    )
    assert commands.explain(Completed(1, text, ""), "plan /x") == (
        "Terraform could not plan /x: aws_vpc.this: Invalid value: Not a CIDR: 10.0.0.0/99 (main.tf:12) "
        "(and 1 more like it)"
    )


def test_explain_without_diagnostics_takes_stderr() -> None:
    assert commands.explain(Completed(1, "", "boom\nhere\n"), "plan") == "Terraform could not plan: boom here"
    assert "said nothing" in commands.explain(Completed(1, '{"type": "version"}', ""), "plan")
    assert "exit status 9" in commands.explain(Completed(9, "", ""), "plan")


def test_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(TerraformError, match="no-such-terraform was not found on PATH"):
        commands.run_process(["no-such-terraform"], cwd=tmp_path)


def test_process_past_its_time_is_interrupted_not_killed(tmp_path: Path) -> None:
    program = (
        "import signal, sys, time\n"
        "def stop(*_): print('saved', flush=True); sys.exit(1)\n"
        "signal.signal(signal.SIGINT, stop)\n"
        "print('begun', flush=True)\n"
        "time.sleep(60)\n"
    )
    pids: list[int] = []
    log = tmp_path / "log"
    done = commands.run_process(
        [sys.executable, "-c", program], cwd=tmp_path, stdout_file=log, on_start=pids.append, timeout=3
    )
    assert done.rc == 1
    assert log.read_text().split() == ["begun", "saved"]
    assert log.stat().st_mode & 0o777 == 0o600
    assert len(pids) == 1
