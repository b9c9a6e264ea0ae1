# SPDX-License-Identifier: Apache-2.0
"""The three questions that the node sync asks of the emulator, signed as AWS wants them.

boto3 would load EC2's whole service model for them: seconds of processor time and fifty megabytes.
"""

from __future__ import annotations

import http.client
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lab.errors import LabError

EC2_NAMESPACE = "{http://ec2.amazonaws.com/doc/2016-11-15/}"


class Aws:
    """A connection to the emulator, in one region."""

    def __init__(self, endpoint: str, region: str, access_key_id: str, secret_access_key: str) -> None:
        address = urlsplit(endpoint)
        self._endpoint, self._region = endpoint, region
        self._credentials = Credentials(access_key_id, secret_access_key)
        self._connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=15)

    def request(self, service: str, method: str, path: str, body: str = "") -> bytes:
        """Make one signed request."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        signed = AWSRequest(method=method, url=self._endpoint + path, data=body, headers=headers)
        SigV4Auth(self._credentials, service, self._region).add_auth(signed)
        try:
            self._connection.request(method, path, body or None, dict(signed.headers.items()))
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next request connects anew
            raise
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise LabError(f"The emulator answered {answer.status} to {service} {method} {path}.")
        return content

    def node_groups(self) -> list[dict[str, Any]]:
        """Describe the node groups of all EKS clusters."""
        found: list[dict[str, Any]] = []
        for cluster in json.loads(self.request("eks", "GET", "/clusters"))["clusters"]:
            folder = f"/clusters/{quote(cluster)}/node-groups"
            for name in json.loads(self.request("eks", "GET", folder))["nodegroups"]:
                found.append(json.loads(self.request("eks", "GET", f"{folder}/{quote(name)}"))["nodegroup"])
        return found

    def subnets(self, ids: list[str]) -> dict[str, tuple[str, str]]:
        """Return zone and CIDR of subnets."""
        if not ids:
            return {}
        query = {"Action": "DescribeSubnets", "Version": "2016-11-15", "Filter.1.Name": "subnet-id"}
        query |= {f"Filter.1.Value.{number}": subnet for number, subnet in enumerate(ids, 1)}
        return parse_subnets(self.request("ec2", "POST", "/", urlencode(query)))


def parse_subnets(answer: bytes) -> dict[str, tuple[str, str]]:
    """Read zone and CIDR of each subnet from EC2's answer."""
    tree = ElementTree.fromstring(answer)  # noqa: S314 - from our own process on loopback
    found = {}
    for item in tree.iter(f"{EC2_NAMESPACE}item"):
        subnet = item.findtext(f"{EC2_NAMESPACE}subnetId")
        if subnet:
            zone, cidr = (item.findtext(f"{EC2_NAMESPACE}{key}") or "" for key in ("availabilityZone", "cidrBlock"))
            found[subnet] = (zone, cidr)
    return found
