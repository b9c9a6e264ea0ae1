# SPDX-License-Identifier: Apache-2.0
"""What each Terraform module promises by its files alone: order, messages, tests, README."""

from __future__ import annotations

import re
import subprocess
from collections import Counter

import pytest
from terraform.interface import (
    BEGIN,
    DOCUMENT,
    END,
    REPOSITORY,
    TERRAFORM,
    blocks,
    documents,
    modules,
    outputs,
    variables,
    with_tables,
)

MODULES = modules()
every_module = pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(TERRAFORM)))
ORDER = ["description", "type", "default", "nullable", "sensitive", "validation"]
# Here null is an answer beside a default of another kind: the thing is absent. A default of null says so itself.
MAY_BE_NULL = {"db_instance_class", "mongo_instance_size", "redis_node_type"}


def test_modules_are_found():
    assert {"base", "databases", "kubernetes", "aws"} <= {module.name for module in MODULES}


@every_module
def test_variables_are_complete_and_in_order(module):
    for variable in variables(module):
        keys = re.findall(r"^  (\w+)(?: +=| \{)", variable.body, re.MULTILINE)
        assert keys == sorted(keys, key=ORDER.index), f"{variable.name}: {keys}"
        assert {"description", "type"} <= set(keys), variable.name
        if variable.name not in MAY_BE_NULL and variable.attribute("default") != "null":
            assert variable.attribute("nullable") == "false", f"{variable.name} may be null"


@every_module
def test_variables_stand_required_first_then_alphabetically(module):
    found = [(v.path, v.attribute("default") is not None, v.name) for v in variables(module)]
    assert found == sorted(found)


@every_module
def test_outputs_are_described_and_stand_alphabetically(module):
    found = outputs(module)
    assert [output.name for output in found] == sorted(output.name for output in found)
    assert all(output.description for output in found)


@every_module
def test_messages_name_the_offending_value(module):
    for variable in variables(module):
        for message in re.findall(r"^    error_message += (.*)$", variable.body, re.MULTILINE):
            assert f"var.{variable.name}" in message, f"{variable.name}: {message}"


@every_module
def test_every_validation_has_a_run_that_violates_it(module):
    runs = "".join(path.read_text() for path in (module / "tests").glob("*.tftest.hcl"))
    violated = Counter(
        name
        for expected in re.findall(r"expect_failures += \[([^]]*)\]", runs)
        for name in re.findall(r"var\.(\w+)", expected)
    )
    for variable in variables(module):
        expected = variable.body.count("validation {")
        found = violated[variable.name]
        assert found >= expected, f"{variable.name} has {expected} validations and {found} runs that expect a failure"


@pytest.mark.parametrize(("path", "module"), documents(), ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_document_has_the_tables_of_the_files(path, module):
    text = path.read_text()
    assert BEGIN in text and END in text
    assert text == with_tables(text, module), "run PYTHONPATH=tests python -m terraform.interface"


def test_where_each_requirement_is_exists():
    rows = re.findall(r"^\| (INF-FR-[^|]*)\|([^|]*)\|([^|]*)\|$", DOCUMENT.read_text(), re.MULTILINE)
    told = {number for row, _, _ in rows for number in re.findall(r"\b\d{3}\b", row)}
    assert {"001", "003", "004", "005", "006", "007", "008", "015", "016", "018", "019", "022"} <= told
    inputs = {variable.name for variable in variables(TERRAFORM / "aws")}
    for row, places, names in rows:
        for place in re.findall(r"`([^`]+)`", places):
            assert (REPOSITORY / place).exists(), f"{row}: {place}"
        assert set(re.findall(r"`([^`]+)`", names)) <= inputs, row


@every_module
def test_readme_example_sets_inputs_that_exist(module, tmp_path):
    examples = re.findall(r"```hcl\n(.*?)```", (module / "README.md").read_text(), re.DOTALL)
    assert examples
    for number, example in enumerate(examples):
        path = tmp_path / f"example_{number}.tf"
        path.write_text(example)
        result = subprocess.run(
            ["terraform", "fmt", "-check", "-diff", path], capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr
        keys = set(re.findall(r"^  (\w+) += ", example, re.MULTILINE)) - {"providers", "source"}
        if not example.startswith("module"):
            keys = set(re.findall(r"^(\w+) += ", example, re.MULTILINE))
        inputs = {variable.name: variable for variable in variables(module)}
        assert keys <= set(inputs), f"unknown: {keys - set(inputs)}"
        required = {name for name, variable in inputs.items() if variable.attribute("default") is None}
        assert required <= keys, f"missing: {required - keys}"


@every_module
def test_nothing_is_tied_to_one_account_region_or_partition(module):
    for path in module.glob("*.tf"):
        if path.name.startswith("variables"):
            continue
        text = path.read_text()
        assert not re.search(r"arn:aws[:-]|\b[a-z]{2}-[a-z]+-\d\b|\b\d{12}\b", text), path.name


@every_module
def test_nothing_is_open_to_the_world(module):
    rules = [block for block in blocks(module) if "aws_vpc_security_group_ingress_rule" in block.labels]
    assert not [rule.name for rule in rules if "/0" in rule.body]
    assert not [
        block.name for block in blocks(module) if "aws_security_group" in block.labels and "ingress" in block.body
    ]
