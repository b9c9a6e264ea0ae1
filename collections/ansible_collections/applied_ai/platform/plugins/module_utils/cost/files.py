# SPDX-License-Identifier: Apache-2.0
"""The files that an estimate is made of: read here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ansible_collections.applied_ai.platform.plugins.module_utils.cost import plan, usage
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.book import FOLDER, PriceBook
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.estimate import estimate
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.model import Estimate, Options


@dataclass(frozen=True)
class Files:
    """Where a plan's JSON and a usage file are; the price book and folders of newer prices above it."""

    plan: Path
    usage: Path | None = None
    book: Path = FOLDER
    overrides: tuple[Path, ...] = ()


def read_text(path: Path, what: str) -> str:
    """Return a file's text.

    Raises:
        CostError: There is no such file, or it is not UTF-8.

    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise CostError(f"Failed to read {what} {path}: {reason}. Name a file that can be read.") from error


def estimate_files(files: Files, options: Options) -> Estimate:
    """Return what the plan in a file costs.

    Raises:
        CostError: A file cannot be read or is not what it should be, or the plan cannot be estimated.

    """
    planned = plan.load(read_text(files.plan, "plan_file"), str(files.plan))
    used = usage.load(read_text(files.usage, "usage_file"), str(files.usage)) if files.usage else usage.Usage()
    return estimate(planned, PriceBook(files.book, files.overrides), used, options)
