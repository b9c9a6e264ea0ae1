# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.applied_ai.platform.plugins.module_utils import args


def test_a_kubeconfig_is_required_and_never_guessed() -> None:
    errors = ArgumentSpecValidator(args.KUBERNETES).validate({}).error_messages
    assert errors == ["missing required arguments: kubeconfig"]


@pytest.mark.parametrize("group", [args.KUBERNETES, args.AWS], ids=["kubernetes", "aws"])
def test_no_option_takes_a_credential(group: dict[str, dict[str, object]]) -> None:
    assert not [name for name in group if any(word in name for word in ("secret", "token", "password", "access_key"))]
