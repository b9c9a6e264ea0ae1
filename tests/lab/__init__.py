# SPDX-License-Identifier: Apache-2.0
"""The rehearsal environment: a real control plane, simulated nodes and an AWS emulator on loopback."""
