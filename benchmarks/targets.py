"""What must be reached: the ratio of this client's median to another's, or its own value."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True)
class Target:
    """A target of a row.

    Attributes:
        must: The bound that `--check` holds the row to: a ratio (this client / `against`), or a
            value in the row's unit where `against` is None. An upper bound where lower values are
            better in that row, else a lower one.
        against: The peer it is compared with.
        aim: What to aim at beyond it.
    """

    must: float
    against: str | None
    aim: float | None = None


TARGETS: dict[str, Target] = {
    "cpu-sync": Target(0.20, "boto3", 0.10),
    "cpu-async": Target(0.25, "aiobotocore", 0.14),
    "rate-64-small-async": Target(8, "aiobotocore", 18),
    "rate-64-small-sync": Target(5, "boto3", 15),
    "rate-256-slow-async": Target(7, "aiobotocore", 11),
    "cold-start-sync": Target(0.44, "boto3", 0.25),
    "first-memory-sync": Target(0.65, "boto3", 0.50),
    "signing": Target(0.12, "boto3", 0.09),
    "decoding-64": Target(6, "boto3", 9),
    "stream-64-sync": Target(5, "boto3", 9),
    "up-6-sync": Target(0.90, "boto3", 0.80),
    "down-6-sync": Target(0.85, "boto3", 0.70),
    "peak-first-sync": Target(1.0, None),
    "peak-first-async": Target(1.0, None),
    "installed-size": Target(0.28, "boto3", 0.20),
}
