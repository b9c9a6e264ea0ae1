# SPDX-License-Identifier: Apache-2.0
"""Where a bill's files are, and what is wrong with them."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.bill import exports
from ansible_collections.applied_ai.platform.plugins.module_utils.cost.errors import CostError


def nothing(_bucket: str, _prefix: str, _cache: Path) -> list[Path]:
    raise AssertionError("asked S3")


def file(path: Path, data: bytes = b"a,b\n1,2\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(found: list[exports.Export], root: Path) -> list[str]:
    return [str(one.path.relative_to(root)) for one in found]


def test_a_file_a_folder_and_a_pattern_are_found_once_each(tmp_path: Path) -> None:
    one = file(tmp_path / "a/x.csv")
    file(tmp_path / "a/b/y.csv.gz", gzip.compress(b"a\n"))
    file(tmp_path / "a/z.parquet", b"PAR1....PAR1")
    file(tmp_path / "a/manifest.json")
    found = exports.find([str(one), str(tmp_path / "a"), f"{tmp_path}/a/*.csv"], tmp_path, nothing)
    assert names(found, tmp_path) == ["a/b/y.csv.gz", "a/x.csv", "a/z.parquet"]
    assert [one.parquet for one in found] == [False, False, True]


def test_nothing_is_a_sentence(tmp_path: Path) -> None:
    file(tmp_path / "folder/readme.txt")
    for source in ("folder", "missing.csv", "*.parquet"):
        with pytest.raises(CostError, match=r"has no file that ends in \.parquet, \.csv, \.csv\.gz"):
            exports.find([str(tmp_path / source)], tmp_path, nothing)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("x.parquet", b"", r"x\.parquet is empty \(0 bytes\)"),
        ("x.csv", b"", r"x\.csv is empty \(0 bytes\)"),
        ("x.parquet", b"a,b\n", "is no Parquet file, though its name says so"),
        ("x.parquet", b"PAR1 and then it ends", "is cut off"),
        ("x.csv.gz", b"a,b\n", "is no gzip file"),
        ("x.parquet", b"P", "is no Parquet file"),
    ],
)
def test_broken_files_are_refused_by_name(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    with pytest.raises(CostError, match=message):
        exports.find([str(file(tmp_path / name, data))], tmp_path, nothing)


def test_newest_keeps_one_version_of_each_period(tmp_path: Path) -> None:
    for period, version in (("2026-10", "1"), ("2026-11", "1"), ("2026-11", "2")):
        file(tmp_path / f"data/BILLING_PERIOD={period}/2026-11-0{version}T00:00Z-abc/x.csv")
    file(tmp_path / "data/other.csv")
    kept = exports.find([str(tmp_path / "data")], tmp_path, nothing, "newest")
    assert names(kept, tmp_path) == [
        "data/BILLING_PERIOD=2026-10/2026-11-01T00:00Z-abc/x.csv",
        "data/BILLING_PERIOD=2026-11/2026-11-02T00:00Z-abc/x.csv",
        "data/other.csv",
    ]
    assert len(exports.find([str(tmp_path / "data")], tmp_path, nothing)) == 4


class S3:
    """As much of a client as is used; it counts what it is asked for."""

    def __init__(self, objects: dict[str, tuple[str, bytes]]) -> None:
        self.objects = objects
        self.fetched: list[str] = []

    def get_paginator(self, _name: str) -> S3:
        return self

    def paginate(self, **given: str) -> list[dict[str, Any]]:
        wanted = [(key, tag) for key, (tag, _) in self.objects.items() if key.startswith(given["Prefix"])]
        # A page without objects has no Contents.
        return [{}, *({"Contents": [{"Key": key, "ETag": tag}]} for key, tag in wanted)]

    def download_file(self, _bucket: str, key: str, target: str) -> None:
        self.fetched.append(key)
        Path(target).write_bytes(self.objects[key][1])


def test_objects_are_fetched_once_and_again_when_they_change(tmp_path: Path) -> None:
    client = S3({"c/a.csv": ("1", b"a\n"), "c/manifest.json": ("1", b"{}"), "d/b.csv": ("1", b"b\n")})
    download = exports.downloader(client)  # type: ignore[arg-type]
    for _ in range(2):
        assert names(exports.find(["s3://b/c/"], tmp_path, download), tmp_path) == ["b/c/a.csv"]
    assert client.fetched == ["c/a.csv"]
    client.objects["c/a.csv"] = ("2", b"changed\n")
    (found,) = exports.find(["s3://b/c/"], tmp_path, download)
    assert found.path.read_bytes() == b"changed\n"
    assert client.fetched == ["c/a.csv", "c/a.csv"]


def test_an_object_cannot_be_written_outside_of_the_cache(tmp_path: Path) -> None:
    client = S3({"../../x.csv": ("1", b"a\n")})
    with pytest.raises(CostError, match="would be written outside of"):
        exports.find(["s3://b/"], tmp_path / "cache", exports.downloader(client))  # type: ignore[arg-type]
    assert client.fetched == []
