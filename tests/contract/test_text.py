# SPDX-License-Identifier: Apache-2.0
"""What no file of the repository may hold, and what its documents promise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from contract import house

SECRETS = {
    "AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    "Slack token": r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
    "Slack web hook": r"hooks\.slack\.com/services/T[0-9A-Z]+/B[0-9A-Z]+/[0-9A-Za-z]+",
    "JSON web token": r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.",
    "password in a URL": r"\b[a-z][a-z0-9+.-]*://[^/\s:@{}$<>\"']+:[^/\s:@{}$<>\"']{3,}@[\w.-]+",
    "password": r"(?i)\b(?:password|passwd|secret_access_key|api_key|auth_token)\b"
    r"[\"']?\s*[:=]\s*[\"'][^\"'{}$<>\s]{8,}[\"']",
}
# The folders of whoever works here; /home/me is how examples write yours.
MACHINE_PATHS = re.compile(r"(?<![\w.$}/-])/(?:home/(?!me/)|root/|Users/|work/(?=main|shared)|tmp/w/)[\w.-]+")
# Where package managers fetch from: an index is configured on the machine, never in the tree.
# Written in pieces, so that this file names none of them.
REGISTRIES = re.compile(
    r"\b(?:py"
    r"pi\.org|python"
    r"hosted\.org|proxy\.go"
    r"lang\.org|sum\.go"
    r"lang\.org|registry\.npm"
    r"js\.org"
    r"|repo1?\.ma"
    r"ven\.(?:apache\.)?org|deb\.deb"
    r"ian\.org|static\.cra"
    r"tes\.io|index\.cra"
    r"tes\.io)\b"
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
HERE = Path(__file__).name


def secrets_in(text: str) -> list[str]:
    """Return the kinds of secret that a text seems to hold."""
    return [kind for kind, pattern in SECRETS.items() if re.search(pattern, text)]


def documents() -> list[Path]:
    """Return the documents for people."""
    return [path for path in house.tracked() if path.suffix == ".md"]


def blocks(*languages: str) -> Iterator[tuple[str, str]]:
    """Return (document, text) for each fenced block in one of these languages."""
    for path in documents():
        for _indent, language, text in FENCE.findall(path.read_text()):
            if language in languages:
                yield house.shown(path), text


def test_no_file_holds_a_credential() -> None:
    found = {
        house.shown(path): kinds
        for path in house.text_files()
        if path.name != HERE and (kinds := secrets_in(path.read_text(errors="replace")))
    }
    assert found == {}


# Put together here, so that this file holds none of them.
EXAMPLES = {
    "AWS access key": "AKIA" + "ABCDEFGHIJKLMNOP",
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "GitHub token": "ghp_" + "a" * 36,
    "Slack token": "xoxb-" + "1234567890-abc",
    "Slack web hook": "hooks.slack.com/services/" + "T0AAAA/B0AAAA/abcdef",
    "JSON web token": "eyJ" + "a" * 24 + ".eyJ" + "b" * 24 + ".c",
    "password in a URL": "postgres://app:" + "hunter22@db.internal/x",
    "password": 'db_password = "' + "hunter2hunter2" + '"\npassword: "' + "hunter2hunter2" + '"',
}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_credential_is_found(kind: str) -> None:
    assert kind in secrets_in(EXAMPLES[kind])


def test_no_file_names_a_place_on_one_machine() -> None:
    found = [
        f"{house.shown(path)}:{number}: {match.group()}"
        for path in house.text_files()
        if path.name != HERE
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if (match := MACHINE_PATHS.search(line))
    ]
    assert found == []


def test_no_file_names_a_package_registry() -> None:
    found = [
        f"{house.shown(path)}: {match.group()}"
        for path in house.text_files()
        if path.name != HERE and (match := REGISTRIES.search(path.read_text(errors="replace")))
    ]
    assert found == []


def test_links_between_documents_resolve() -> None:
    broken = [
        f"{house.shown(path)} → {target}"
        for path in documents()
        for target in LINK.findall(FENCE.sub("", path.read_text()))
        if not re.match(r"[a-z]+:|#", target) and not (path.parent / target.partition("#")[0]).exists()
    ]
    assert broken == []


def test_yaml_in_documents_parses() -> None:
    for place, text in blocks("yaml", "yml"):
        try:
            list(yaml.load_all(text, Loader=house.AnsibleLoader))
        except yaml.YAMLError as error:
            pytest.fail(f"{place}: {error}\n{text}")


def unknown_references(text: str, targets: set[str]) -> list[str]:
    """Return the make targets and the files that a shell block refers to and that are not there."""
    missing = []
    for line in text.replace("\\\n", " ").splitlines():
        command = line.strip().removeprefix("$ ").partition(" #")[0]
        if match := re.match(r"(?:\w+=\S+ )*make((?: [\w=/.-]+)*)$", command):
            missing += [f"make {word}" for word in match[1].split() if "=" not in word and word not in targets]
        missing += [
            word
            for word in re.findall(
                r"(?<![\w/.~$-])((?:playbooks|inventories|scripts|tests|roles|docs)/[\w./-]*\w)", command
            )
            if not (house.REPO / word).exists()
        ]
        if "ansible-playbook" in command:
            missing += [w for w in re.findall(r"\s([\w-]+\.yml)\b", command) if not (house.REPO / w).exists()]
    return missing


def make_targets() -> set[str]:
    """Return what the Makefile makes."""
    return set(re.findall(r"^([a-z-]+):", (house.REPO / "Makefile").read_text(), re.MULTILINE))


def test_shell_blocks_refer_to_what_exists() -> None:
    targets = make_targets()
    assert {"site", "test"} <= targets
    found = {
        place: bad
        for place, text in blocks("sh", "bash", "shell", "console")
        if (bad := unknown_references(text, targets))
    }
    assert found == {}


def test_an_unknown_reference_is_found() -> None:
    text = (
        "make sight\nmake site\nansible-playbook sight.yml -i inventories/nowhere\nansible-playbook playbooks/no.yml\n"
    )
    assert unknown_references(text, {"site"}) == ["make sight", "inventories/nowhere", "sight.yml", "playbooks/no.yml"]
