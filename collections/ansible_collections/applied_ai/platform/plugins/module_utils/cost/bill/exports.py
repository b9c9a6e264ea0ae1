# SPDX-License-Identifier: Apache-2.0
"""Where the files of a bill are: a file, a folder, a pattern or a prefix in S3, and what is wrong with them."""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef

Duplicates = Literal["fail", "newest"]
# Bucket, prefix, folder → the files that were put there
Download = Callable[[str, str, Path], list[Path]]

PARQUET: Final = b"PAR1"
SUFFIXES: Final = (".parquet", ".csv", ".csv.gz")
GZIP: Final = b"\x1f\x8b"
# Data Exports writes <name>/data/BILLING_PERIOD=2026-11/, with CREATE_NEW_REPORT a folder per version below it.
PERIOD: Final = re.compile(r"^BILLING_PERIOD=\d{4}-\d{2}$")


class Export(NamedTuple):
    """One file of a bill."""

    path: Path
    parquet: bool


def find(sources: Sequence[str], cache: Path, download: Download, duplicates: Duplicates = "fail") -> list[Export]:
    """Return the files of a bill, sorted.

    Args:
        sources: Files, folders, glob patterns or ``s3://bucket/prefix``.
        cache: The folder for what is downloaded.
        download: Gets the files of a prefix.
        duplicates: ``newest`` keeps, of each billing period, the newest version that was exported.

    Raises:
        CostError: A source has no files, or one of them cannot be a bill.

    """
    paths = [path for source in sources for path in located(source, cache, download)]
    unique = sorted({path.resolve() for path in paths})
    if duplicates == "newest":
        unique = newest(unique)
    return [checked(path) for path in unique]


def located(source: str, cache: Path, download: Download) -> list[Path]:
    """Return the files of one source."""
    if source.startswith("s3://"):
        bucket, _, prefix = source.removeprefix("s3://").partition("/")
        found = [path for path in download(bucket, prefix, cache) if path.name.endswith(SUFFIXES)]
    elif Path(source).is_dir():
        found = [path for path in Path(source).rglob("*") if path.name.endswith(SUFFIXES) and path.is_file()]
    else:
        found = [path for path in map(Path, glob.glob(source, recursive=True)) if path.is_file()]  # noqa: PTH207 # absolute patterns
    if not found:
        raise CostError(f"{source} has no file that ends in {', '.join(SUFFIXES)}; name where the export is.")
    return found


def newest(paths: Iterable[Path]) -> list[Path]:
    """Return the files without those of older versions: the versions' folders begin with the time of the export."""
    versions: dict[Path, set[str]] = {}
    parts = [(path, *version(path)) for path in paths]
    for _path, period, name in parts:
        if period is not None:
            versions.setdefault(period, set()).add(name)
    return [path for path, period, name in parts if period is None or name == max(versions[period])]


def version(path: Path) -> tuple[Path | None, str]:
    """Return the folder of a file's billing period and the name of its version in there, empty if there is only one."""
    for folder in path.parents:
        if PERIOD.match(folder.name):
            below = path.relative_to(folder).parts
            return folder, below[0] if len(below) > 1 else ""
    return None, ""


def checked(path: Path) -> Export:
    """Return a file as an export.

    Raises:
        CostError: It is empty, or cut off, or what its name says it is not.

    """
    if path.stat().st_size == 0:
        raise CostError(f"{path} is empty (0 bytes); export it again, or take it away.")
    parquet = path.name.endswith(".parquet")
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(-min(4, path.stat().st_size), 2)
        tail = file.read()
    if parquet and head != PARQUET:
        raise CostError(f"{path} is no Parquet file, though its name says so; export it again.")
    if parquet and tail != PARQUET:
        raise CostError(f"{path} is cut off: a Parquet file ends with PAR1; copy or export it again.")
    if path.name.endswith(".gz") and not head.startswith(GZIP):
        raise CostError(f"{path} is no gzip file, though its name says so; export it again.")
    return Export(path, parquet)


def downloader(client: S3Client) -> Download:
    """Return a function that gets the files of a prefix from S3; a file that is there with the same tag is kept."""

    def download(bucket: str, prefix: str, cache: Path) -> list[Path]:
        found = []
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for one in page.get("Contents", []):
                if one["Key"].endswith(SUFFIXES):
                    found.append(fetched(client, bucket, one, cache))
        return found

    return download


def fetched(client: S3Client, bucket: str, one: ObjectTypeDef, cache: Path) -> Path:
    """Return an object as a file of the cache. Its tag is in the name of a file beside it, so a changed one is new."""
    root = cache / bucket
    target = (root / str(one["Key"])).resolve()
    if not target.is_relative_to(root.resolve()):
        raise CostError(f"s3://{bucket}/{one['Key']} would be written outside of {root}; rename the object.")
    tag = target.with_name(f"{target.name}.etag")
    if target.is_file() and tag.is_file() and tag.read_text(encoding="utf-8") == one["ETag"]:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.part")
    client.download_file(bucket, one["Key"], str(partial))
    partial.replace(target)
    tag.write_text(one["ETag"], encoding="utf-8")
    return target
