# SPDX-License-Identifier: Apache-2.0
"""Reads the interface of a Terraform module from its files and renders it as the tables of its README.

`PYTHONPATH=tests python -m terraform.interface` rewrites the tables; a test tells when that is due.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TERRAFORM = REPOSITORY / "terraform"
DOCUMENT = REPOSITORY / "docs" / "terraform_aws.md"
BEGIN = "<!-- BEGIN INTERFACE -->"
END = "<!-- END INTERFACE -->"


@dataclass(frozen=True)
class Block:
    """One top-level block: its labels, its lines and where it stands."""

    kind: str
    labels: tuple[str, ...]
    body: str
    path: Path

    @property
    def name(self) -> str:
        """The last label."""
        return self.labels[-1]

    def attribute(self, name: str) -> str | None:
        """Return the source of an attribute of the block itself; None where it is absent."""
        found = re.search(
            rf"^  {name} += (<<-EOT\n(.*?)^  EOT$|.*?(?=^  \w|^  }}|^  #|\Z))", self.body, re.DOTALL | re.MULTILINE
        )
        if found is None:
            return None
        if found[2] is not None:
            return " ".join(textwrap.dedent(found[2]).split())
        return re.split(r"\n\n|\n  (?=\w)", found[1])[0].strip()

    @property
    def description(self) -> str:
        """The description as one line of text."""
        text = self.attribute("description") or ""
        return text[1:-1].replace('\\"', '"') if text.startswith('"') else text


def modules() -> list[Path]:
    """Return every directory with Terraform files: the modules, then the root."""
    return sorted(
        {path.parent for path in TERRAFORM.rglob("versions.tf")}, key=lambda path: (path.parent == TERRAFORM, path)
    )


def blocks(module: Path) -> list[Block]:
    """Return the top-level blocks of a module's files, in the order of the files."""
    found = []
    for path in sorted(module.glob("*.tf")):
        for match in re.finditer(r'^(\w+)((?: "[\w-]+")*) \{\n(.*?)^\}', path.read_text(), re.DOTALL | re.MULTILINE):
            found.append(Block(match[1], tuple(re.findall(r'"([\w-]+)"', match[2])), match[3], path))
    return found


def variables(module: Path) -> list[Block]:
    """Return the module's inputs."""
    return [block for block in blocks(module) if block.kind == "variable"]


def outputs(module: Path) -> list[Block]:
    """Return the module's outputs."""
    return [block for block in blocks(module) if block.kind == "output"]


def _default(variable: Block) -> str:
    value = variable.attribute("default")
    if value is None:
        return "required"
    return f"`{value}`" if "\n" not in value else "see variables.tf"


def _type(variable: Block) -> str:
    first = (variable.attribute("type") or "").split("\n")[0].rstrip("({")
    return first + ")" * (first.count("(") - first.count(")"))


def tables(module: Path) -> str:
    """Render the README's tables of inputs and outputs."""
    lines = ["| input | type | default | what it does |", "| --- | --- | --- | --- |"]
    lines += [f"| `{v.name}` | {_type(v)} | {_default(v)} | {v.description} |" for v in variables(module)]
    lines += ["", "| output | what it tells |", "| --- | --- |"]
    lines += [f"| `{o.name}` | {o.description} |" for o in outputs(module)]
    return "\n".join(lines)


def with_tables(readme: str, module: Path) -> str:
    """Return the README with its tables as the module's files have them."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables(module)}\n{END}{after}"


def documents() -> list[tuple[Path, Path]]:
    """Return the files with tables, and the module that each tells of."""
    return [*((module / "README.md", module) for module in modules()), (DOCUMENT, TERRAFORM / "aws")]


def main() -> None:
    """Rewrite the tables of every document."""
    for path, module in documents():
        path.write_text(with_tables(path.read_text(), module))


if __name__ == "__main__":
    main()
