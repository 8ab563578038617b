"""What every peer and the server agree on. The keys are made up."""

from __future__ import annotations

REGION = "us-east-1"
SERVICE = "sagemaker"
ACCESS_KEY_ID = "AKIDBENCHMARKS000000"
SECRET_ACCESS_KEY = "made/up/for/the/benchmarks/0123456789abc"
CONTENT_TYPE = "application/octet-stream"


def invocations_path(endpoint: str) -> str:
    return f"/endpoints/{endpoint}/invocations"
