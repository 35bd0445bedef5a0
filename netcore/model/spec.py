"""What a network is, before it is built, as JSON and as a fingerprint: a stack, a ready-made class, one's own class."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from netcore.errors import StackError
from netcore.model.custom.source import CustomSource
from netcore.model.ready_made import ReadyMade
from netcore.model.stack import Stack

NetworkSpec = Stack | ReadyMade | CustomSource

_KINDS: Mapping[str, type[NetworkSpec]] = MappingProxyType(
    {"stack": Stack, "ready_made": ReadyMade, "custom": CustomSource}
)


def spec_to_json(spec: NetworkSpec) -> dict[str, Any]:
    """JSON types from which ``spec_from_json`` makes an equal specification."""
    kind = next(name for name, made in _KINDS.items() if isinstance(spec, made))
    return {"kind": kind, **spec.to_json()}


def spec_from_json(value: object) -> NetworkSpec:
    """The specification that ``spec_to_json`` wrote, checked again. Raises ``StackError`` for anything else, and its
    child ``CodeError`` for a class that is refused."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise StackError("This is not a saved network.", "Define the network again on the Model page.")
    return _KINDS[kind].from_json(value)


def fingerprint(spec: NetworkSpec) -> str:
    """SHA-256 (hex) of the canonical JSON: two networks have the same architecture if theirs are equal."""
    canonical = json.dumps(spec_to_json(spec), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
