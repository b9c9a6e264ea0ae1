# SPDX-License-Identifier: Apache-2.0
"""A small real HTTP server that shows what the platform expects of a service."""
