# SPDX-License-Identifier: Apache-2.0
"""How a new version of a service comes: what it would be gone back to, and the steps of a canary or of blue/green."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ansible_collections.applied_ai.platform.plugins.module_utils.helm.history import COMPLETE
from ansible_collections.applied_ai.platform.plugins.module_utils.helm.releases import Release
from ansible_collections.applied_ai.platform.plugins.module_utils.service.definitions import merged, value_at
from ansible_collections.applied_ai.platform.plugins.module_utils.service.record import GOOD, Entry, outcome_of

Json = dict[str, Any]

WHOLE: Final = 100


@dataclass(frozen=True)
class Step:
    """One step of a rollout: values for the chart, and what is looked at then."""

    title: str
    values: Json
    replicas: int
    """Pods of the canary."""
    weight: int
    smoke: bool = False
    watched: bool = True

    def as_dict(self) -> Json:
        """Return plain data for a module's result."""
        return {
            "title": self.title,
            "values": self.values,
            "replicas": self.replicas,
            "weight": self.weight,
            "smoke": self.smoke,
            "watched": self.watched,
        }


@dataclass(frozen=True)
class Rollout:
    """What stands between a service as it is and as it shall be."""

    revision: int = 0
    """The newest one, 0 when there is none."""
    image: str = ""
    """What runs now."""
    base: int = 0
    """What is gone back to when it fails, 0 when there is nothing."""
    base_image: Json = field(default_factory=dict)
    earlier: int = 0
    """The newest good revision that is another version than the present one, 0 when there is none."""
    same: list[int] = field(default_factory=list)
    """Revisions that differ from the present one in the number of pods at most."""
    back: bool = False
    """Whether the wanted image is one that did well before the present one came: whoever wants it takes that back."""
    unfinished: bool = False
    """Whether the newest revision is not known to be good: its run was interrupted, or left it for inspection."""
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> Json:
        """Return plain data for a module's result."""
        return {
            "revision": self.revision,
            "image": self.image,
            "base": self.base,
            "base_image": self.base_image,
            "earlier": self.earlier,
            "same": self.same,
            "back": self.back,
            "unfinished": self.unfinished,
            "steps": [step.as_dict() for step in self.steps],
            "notes": self.notes,
        }


def image_name(image: Json) -> str:
    """Return what the chart makes of an image."""
    repository = str(image.get("repository") or "")
    if image.get("digest"):
        return f"{repository}@{image['digest']}"
    return f"{repository}:{image['tag']}" if image.get("tag") else repository


def has_canary(values: Json) -> bool:
    """Say whether a release has a second version beside the first."""
    return bool(value_at(values, "canary.enabled"))


def base_of(history: Iterable[Release], entries: list[Entry]) -> Release | None:
    """Return the revision to go back to: the newest good one, else the newest whose end nobody recorded."""
    whole = [one for one in history if one.status in COMPLETE and not has_canary(one.values)]
    good = [one for one in whole if outcome_of(entries, one.revision) == GOOD]
    unknown = [one for one in whole if not outcome_of(entries, one.revision)]
    return next(iter(good), None) or next(iter(unknown), None)


def essence(release: Release) -> Json:
    """Return what makes a revision another one than the next: all but its number of pods."""
    autoscaling = release.values.get("autoscaling") or {}
    rest = {key: value for key, value in release.values.items() if key not in ("replicaCount", "canary", "autoscaling")}
    others = {key: value for key, value in autoscaling.items() if key not in ("enabled", "minReplicas")}
    return {"chart": release.version, "values": rest, "autoscaling": others}


def earlier_of(history: list[Release], entries: list[Entry]) -> Release | None:
    """Return the revision that somebody means who wants the version before."""
    others = [one for one in history[1:] if essence(one) != essence(history[0])]
    return base_of(others, entries)


def goes_back(entries: list[Entry], present: str, wanted: str) -> bool:
    """Say whether an image is taken back for one that did well before it."""
    first = {one.image: one.revision for one in entries}  # the newest stands first
    good = any(one.image == wanted and one.outcome == GOOD for one in entries)
    return good and wanted != present and (present not in first or first[wanted] < first[present])


def plan(service: Json, history: list[Release], entries: list[Entry], replicas: int, *, mesh: bool) -> Rollout:
    """Return how a service comes to what it shall be; ``replicas`` is the number of its pods now."""
    newest = history[0] if history else None
    present = next((one for one in history if one.status == "deployed"), None)
    if newest is None or present is None:
        return Rollout(revision=newest.revision if newest else 0)
    base = base_of(history, entries)
    earlier = earlier_of(history, entries)
    image = image_name(present.values.get("image") or {})
    # Beside a version that never came up nothing can be compared.
    compared = outcome_of(entries, present.revision) in (GOOD, "")
    steps, notes = staged(service, present, replicas, mesh=mesh) if compared else ([], [])
    return Rollout(
        revision=newest.revision,
        image=image,
        base=base.revision if base else 0,
        base_image=(base.values.get("image") or {}) if base else {},
        earlier=earlier.revision if earlier else 0,
        same=[one.revision for one in history if essence(one) == essence(newest)],
        back=goes_back(entries, image, image_name(service["image"])),
        unfinished=outcome_of(entries, newest.revision) in ("", "failed"),
        steps=steps,
        notes=notes,
    )


def staged(service: Json, present: Release, replicas: int, *, mesh: bool) -> tuple[list[Step], list[str]]:
    """Return the steps before a new image takes the old one's place, none where it does so pod by pod."""
    old, new = present.values.get("image") or {}, service["image"]
    if service["strategy"] == "rolling" or image_name(old) == image_name(new):
        return [], []
    if old.get("repository") != new["repository"]:
        return [], [
            f"service {service['name']}: its image has another repository than the present one, so it comes pod by "
            "pod, not beside it"
        ]
    whole, options = service["strategy"] == "blue_green", service["canary"]
    pods = max(1, replicas, int(options["replicas"])) if whole else max(1, int(options["replicas"]))
    # Settings that come with the new image reach the stable pods when it does, not before.
    before = {key: value for key, value in present.values.items() if key != "canary"}
    steps = [
        Step(f"{weight} % of the requests", merged(before, beside(new, pods, weight)), pods, weight)
        for weight in options["steps"]
    ]
    if whole:
        first = Step("beside the old one", merged(before, beside(new, pods, 0)), pods, 0, smoke=True, watched=False)
        steps = [first, *steps]
    last = steps[-1].weight
    # The canary keeps its share until the stable pods are of the new version, else requests would go back and forth.
    steps.append(
        Step("in the old one's place", merged(service["values"], beside(new, pods, last)), pods, last, watched=False)
    )
    return steps, [] if mesh else notes_without_mesh(service["name"], steps, pods, replicas)


def beside(image: Json, replicas: int, weight: int) -> Json:
    """Return the values of a second version beside the first."""
    return {
        "canary": {
            "enabled": True,
            "image": {"tag": image.get("tag") or "", "digest": image.get("digest") or ""},
            "replicas": replicas,
            "weight": weight,
        }
    }


def notes_without_mesh(name: str, steps: Iterable[Step], pods: int, replicas: int) -> list[str]:
    """Say what becomes of shares that nobody keeps."""
    between = sorted({step.weight for step in steps} - {0, WHOLE})
    if not between:
        return []
    real = round(100 * pods / max(1, pods + replicas))
    return [
        f"service {name}: no mesh keeps shares of {', '.join(map(str, between))} %, its {pods} pods beside {replicas} "
        f"get about {real} % in all of these steps (canary.replicas)"
    ]
