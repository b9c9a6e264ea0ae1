# SPDX-License-Identifier: Apache-2.0
"""The steps of a plan and an apply, with a Terraform that answers from a list."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform import lock, stack, workdir
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.commands import Completed, TerraformError
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.plan import content_digest
from ansible_collections.applied_ai.platform.plugins.module_utils.terraform.stack import PlanRequest, Stack

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BACKEND = {"bucket": "b", "key": "k", "region": "r"}
CREATE = {
    "resource_changes": [
        {
            "address": "aws_vpc.a",
            "mode": "managed",
            "type": "aws_vpc",
            "change": {"actions": ["create"], "after": {"x": 1}},
        }
    ]
}
Answer = Completed | Callable[[list[str], Path], Completed]


def failure(summary: str, detail: str = "") -> Completed:
    found = {"severity": "error", "summary": summary, "detail": detail}
    return Completed(1, json.dumps({"type": "diagnostic", "diagnostic": found}), "")


class FakeTerraform:
    """Answers each command from a queue; a plan writes its file as the real one does."""

    def __init__(self, **answers: list[Answer] | Answer) -> None:
        self.answers = answers
        self.calls: list[list[str]] = []
        self.imports: list[str] = []

    def __call__(
        self,
        argv: list[str],
        *,
        cwd: Path,
        stdout_file: Path | None = None,
        on_start: Callable[[int], None] | None = None,
        timeout: float | None = None,
    ) -> Completed:
        self.calls.append(argv)
        if on_start:
            on_start(4242)
        verb = argv[1].replace("-", "_")
        answer = self.answers.get(verb, Completed(0, "", ""))
        if isinstance(answer, list):
            answer = answer.pop(0)
        if callable(answer):
            answer = answer(argv, cwd)
        if verb == "plan":
            blocks = cwd / "recovered_imports.tf"
            self.imports.append(blocks.read_text() if blocks.exists() else "")
            if answer.rc != 1:
                Path(next(word for word in argv if word.startswith("-out=")).removeprefix("-out=")).write_bytes(b"plan")
        if stdout_file:
            stdout_file.write_text(answer.stdout)
        return answer

    @property
    def verbs(self) -> list[str]:
        return [argv[1] for argv in self.calls]


@pytest.fixture
def layout(tmp_path: Path) -> workdir.Layout:
    root = tmp_path / "terraform" / "aws"
    root.mkdir(parents=True)
    (root / "main.tf").write_text("")
    return workdir.prepare(tmp_path / "work", root, [])


def make(
    layout: workdir.Layout, terraform: FakeTerraform, alive: Callable[[Mapping[str, Any]], bool] = lambda _: False
) -> Stack:
    return Stack(layout, "terraform", terraform, clock=lambda: NOW, alive=alive)


def request(**more: Any) -> PlanRequest:
    return PlanRequest(**{"backend": BACKEND, "variables_file": None, "destroy": False, "check": False, **more})


def shown(plan: dict[str, Any]) -> Completed:
    return Completed(0, json.dumps(plan), "")


def test_changes_are_planned_and_told(layout: workdir.Layout) -> None:
    terraform = FakeTerraform(plan=Completed(2, "", ""), show=shown(CREATE))
    found = stack.make_plan(make(layout, terraform), request())
    assert terraform.verbs == ["init", "plan", "show"]
    assert found.changed
    assert found.summary == [{"address": "aws_vpc.a", "action": "create", "type": "aws_vpc"}]
    assert found.digest == content_digest(b"plan")
    assert layout.plan.stat().st_mode & 0o777 == 0o600
    assert json.loads(layout.backend.read_text()) == BACKEND


def test_no_change_costs_one_command_after_the_first_init(layout: workdir.Layout) -> None:
    def init(_argv: list[str], cwd: Path) -> Completed:
        (cwd / ".terraform").mkdir(exist_ok=True)
        return Completed(0, "", "")

    terraform = FakeTerraform(init=init)
    assert not stack.make_plan(make(layout, terraform), request()).changed
    assert not stack.make_plan(make(layout, terraform), request()).changed
    assert terraform.verbs == ["init", "plan", "plan"]
    stack.make_plan(make(layout, terraform), request(backend={**BACKEND, "key": "other"}))
    assert terraform.verbs[3:] == ["init", "plan"]


def test_check_mode_takes_no_lock_and_leaves_no_plan(layout: workdir.Layout) -> None:
    terraform = FakeTerraform(plan=Completed(2, "", ""), show=shown(CREATE))
    found = stack.make_plan(make(layout, terraform), request(check=True))
    assert "-lock=false" in terraform.calls[1]
    assert found.changed and found.digest == ""
    assert not layout.plan.exists()
    assert not layout.check_plan.exists()


def test_check_mode_without_a_bucket_plans_from_nothing(layout: workdir.Layout) -> None:
    overrides: list[bool] = []

    def plan(_argv: list[str], cwd: Path) -> Completed:
        overrides.append((cwd / "check_mode_backend_override.tf").exists())
        return Completed(2, "", "")

    missing = failure('Failed to get existing workspaces: S3 bucket "b" does not exist.')
    terraform = FakeTerraform(init=[missing, Completed(0, "", "")], plan=plan, show=shown(CREATE))
    found = stack.make_plan(make(layout, terraform), request(check=True))
    assert found.changed and not found.exists
    assert overrides == [True]
    assert not layout.check_backend.exists()
    assert not layout.initialised.exists(), "the next run must initialise the real backend"


def test_missing_bucket_is_named_outside_check_mode_and_is_nothing_to_destroy(layout: workdir.Layout) -> None:
    missing = failure('Failed to get existing workspaces: S3 bucket "b" does not exist.')
    with pytest.raises(TerraformError, match=r"The state bucket b \(terraform_stack_backend.bucket\) does not exist"):
        stack.make_plan(make(layout, FakeTerraform(init=missing)), request())
    found = stack.make_plan(make(layout, FakeTerraform(init=missing)), request(destroy=True))
    assert (found.changed, found.exists) == (False, False)


def test_running_apply_is_not_planned_over(layout: workdir.Layout) -> None:
    workdir.write_record(layout.job, {"pid": 7, "started": "now"})
    with pytest.raises(TerraformError, match=r"still applying an earlier plan of this platform \(pid 7, since now\)"):
        stack.make_plan(make(layout, FakeTerraform(), alive=bool), request())


HELD = """Lock Info:
  ID:        11111111-2222
  Path:      b/k
  Operation: OperationTypeApply
  Who:       {who}
  Created:   2026-11-23 11:59:03.1 +0000 UTC
"""


def test_lock_of_our_dead_apply_is_released(layout: workdir.Layout) -> None:
    me = lock.whoami()
    dead = {"pid": 7, "who": me, "operation": "apply", "started": "2026-11-23T11:59:00+00:00"}
    workdir.write_record(layout.holders, {"holders": [dead]})
    held = failure("Error acquiring the state lock", HELD.format(who=me))
    terraform = FakeTerraform(plan=[held, Completed(0, "", "")])
    this = make(layout, terraform)
    stack.make_plan(this, request())
    assert terraform.verbs == ["init", "plan", "force-unlock", "plan"]
    assert terraform.calls[2][-1] == "11111111-2222"
    assert this.warnings == ["Released the state lock of an interrupted apply (pid 7 is dead)."]
    assert this.holders() == []


@pytest.mark.parametrize(("who", "alive"), [("alice@laptop", False), ("", True)], ids=["somebody else", "ours, alive"])
def test_any_other_lock_stays(layout: workdir.Layout, who: str, alive: bool) -> None:
    me = lock.whoami()
    holder = {"pid": 7, "who": me, "operation": "apply", "started": "2026-11-23T11:59:00+00:00"}
    workdir.write_record(layout.holders, {"holders": [holder]})
    terraform = FakeTerraform(plan=failure("Error acquiring the state lock", HELD.format(who=who or me)))
    this = make(layout, terraform, alive=lambda record: alive and record.get("pid") == 7)
    with pytest.raises(TerraformError, match=f"is locked by {who or me} since 2026-11-23 11:59:03 UTC"):
        stack.make_plan(this, request())
    assert "force-unlock" not in terraform.verbs
    assert this.holders() == [holder], "who may hold the lock is not forgotten by failing to get it"


def killed(layout: workdir.Layout) -> None:
    workdir.write_record(layout.job, {"pid": 7, "started": "x", "recovered": {}})
    layout.applied_plan.write_bytes(b"plan")
    events = [
        {"type": "apply_complete", "hook": {"resource": {"addr": address}, "action": "create", "id_value": value}}
        for address, value in (("aws_vpc.a", "vpc-1"), ("aws_vpc.b", "vpc-2"))
    ]
    layout.events.write_text("".join(f"{json.dumps(event)}\n" for event in events))


def test_killed_apply_is_adopted_and_what_is_gone_is_dropped(layout: workdir.Layout) -> None:
    killed(layout)
    planned = {
        "resource_changes": [
            {
                "address": address,
                "mode": "managed",
                "type": "aws_vpc",
                "name": "a",
                "change": {"actions": ["create"], "after": {}},
            }
            for address in ("aws_vpc.a", "aws_vpc.b")
        ]
    }
    gone = failure(
        "Cannot import non-existent remote object",
        'While attempting to import an existing object to "aws_vpc.b", the provider detected that no object exists',
    )
    terraform = FakeTerraform(plan=[gone, Completed(2, "", "")], show=[shown(planned), shown(CREATE)])
    found = stack.make_plan(make(layout, terraform), request())
    assert terraform.verbs == ["init", "state", "show", "plan", "plan", "show"]
    assert "aws_vpc.b" in terraform.imports[0]
    assert "aws_vpc.a" in terraform.imports[1] and "aws_vpc.b" not in terraform.imports[1]
    assert found.recovered == ["aws_vpc.a"]
    assert workdir.read_json(layout.recovered) == {"aws_vpc.a": "vpc-1"}
    assert not layout.imports.exists(), "the blocks are for this one plan"


def test_killed_apply_that_lost_nothing_is_settled(layout: workdir.Layout) -> None:
    killed(layout)
    terraform = FakeTerraform(state=Completed(0, "aws_vpc.a\naws_vpc.b\n", ""), show=shown({}))
    stack.make_plan(make(layout, terraform), request())
    assert workdir.read_json(layout.job)["settled"] is True
    stack.make_plan(make(layout, terraform), request())
    assert terraform.verbs.count("state") == 1


def test_error_in_the_plan_is_terraforms_own(layout: workdir.Layout) -> None:
    terraform = FakeTerraform(plan=failure("Invalid CIDR", "10.0.0.0/99 is not one."))
    with pytest.raises(TerraformError, match=r"could not plan .*: Invalid CIDR: 10\.0\.0\.0/99 is not one\."):
        stack.make_plan(make(layout, terraform), request())


def saved(layout: workdir.Layout, content: bytes = b"plan") -> str:
    workdir.write_private(layout.plan, content)
    return content_digest(content)


END = json.dumps(
    {"type": "change_summary", "changes": {"add": 1, "change": 0, "import": 0, "remove": 0, "operation": "apply"}}
)


def test_apply_applies_the_plan_and_writes_down_who_and_how(layout: workdir.Layout) -> None:
    digest = saved(layout)
    terraform = FakeTerraform(apply=Completed(0, END, ""))
    found = stack.apply_plan(make(layout, terraform), digest, timeout=9)
    assert terraform.calls == [
        ["terraform", "apply", "-json", "-input=false", "-lock-timeout=0s", str(layout.applied_plan)]
    ]
    assert layout.applied_plan.read_bytes() == b"plan"
    assert found.changes == {"add": 1, "change": 0, "import": 0, "remove": 0}
    job = workdir.read_json(layout.job)
    assert (job["pid"], job["rc"], job["plan_digest"]) == (4242, 0, digest)


def test_other_plan_is_refused_before_anything_happens(layout: workdir.Layout) -> None:
    digest = saved(layout)
    saved(layout, b"another")
    terraform = FakeTerraform()
    with pytest.raises(TerraformError, match="is not the one that was asked for"):
        stack.apply_plan(make(layout, terraform), digest, timeout=9)
    layout.plan.unlink()
    with pytest.raises(TerraformError, match="There is no saved plan"):
        stack.apply_plan(make(layout, terraform), digest, timeout=9)
    assert terraform.calls == []


def test_failed_apply_says_why_and_who(layout: workdir.Layout) -> None:
    digest = saved(layout)
    error = {"type": "diagnostic", "diagnostic": {"severity": "error", "summary": "Quota", "detail": "5 VPCs."}}
    errored = {"type": "apply_errored", "hook": {"resource": {"addr": "aws_vpc.a"}, "action": "create"}}
    terraform = FakeTerraform(apply=Completed(1, f"{json.dumps(errored)}\n{json.dumps(error)}\n", ""))
    with pytest.raises(TerraformError, match=r"could not apply the plan of .*: Quota: 5 VPCs\.") as caught:
        stack.apply_plan(make(layout, terraform), digest, timeout=9)
    assert caught.value.details == {"failed_addresses": ["aws_vpc.a"]}
    assert workdir.read_json(layout.job)["rc"] == 1


def test_killed_apply_is_one_sentence_not_its_log(layout: workdir.Layout) -> None:
    digest = saved(layout)
    killed_run = Completed(-9, json.dumps({"type": "version", "@message": "Terraform 1.11.4"}), "")
    with pytest.raises(TerraformError) as caught:
        stack.apply_plan(make(layout, FakeTerraform(apply=killed_run)), digest, timeout=9)
    assert caught.value.message == (
        "Terraform was stopped by signal 9 after 0 of 0 steps; run again: what it had created is found and adopted."
    )
    assert workdir.read_json(layout.job)["rc"] == -9


def test_outputs_hold_no_sensitive_value(layout: workdir.Layout) -> None:
    outputs = {"b": {"sensitive": True, "value": "canary"}, "a": {"sensitive": False, "value": {"x": 1}}}
    terraform = FakeTerraform(output=shown(outputs))
    found = stack.read_outputs(make(layout, terraform))
    assert found == ({"a": {"x": 1}}, ["b"])
