"""What a network is, before it is built: a stack or a ready-made class, as JSON and as a fingerprint."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from netcore.errors import StackError
from netcore.model.ready_made import ReadyMade
from netcore.model.stack import Stack

NetworkSpec = Stack | ReadyMade


def spec_to_json(spec: NetworkSpec) -> dict[str, Any]:
    """JSON types from which ``spec_from_json`` makes an equal specification."""
    kind = "stack" if isinstance(spec, Stack) else "ready_made"
    return {"kind": kind, **spec.to_json()}


def spec_from_json(value: object) -> NetworkSpec:
    """The specification that ``spec_to_json`` wrote. Raises ``StackError`` for anything else."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind == "stack":
        return Stack.from_json(value)
    if kind == "ready_made":
        return ReadyMade.from_json(value)
    raise StackError("This is not a saved network.", "Define the network again on the Model page.")


def fingerprint(spec: NetworkSpec) -> str:
    """SHA-256 (hex) of the canonical JSON: two networks have the same architecture if theirs are equal."""
    canonical = json.dumps(spec_to_json(spec), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
