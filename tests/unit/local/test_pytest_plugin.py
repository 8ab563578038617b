"""The fixture: a client without any setting reaches the local runtime."""

from __future__ import annotations

import os
from contextlib import closing

import boto3

from wrapper.local.pytest_plugin import local_sagemaker_runtime

__all__ = ["local_sagemaker_runtime"]


def test_a_client_without_any_setting_reaches_the_local_runtime(local_sagemaker_runtime):
    local_sagemaker_runtime.endpoints["double"] = lambda request: request.body * 2

    with closing(boto3.Session().client("sagemaker-runtime")) as client:
        answer = client.invoke_endpoint(EndpointName="double", Body=b"ab")

        assert answer["Body"].read() == b"abab"
    assert local_sagemaker_runtime.requests[0].endpoint_name == "double"


def test_nothing_in_the_environment_leads_elsewhere(monkeypatch, request):
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE"):
        monkeypatch.setenv(name, "stray")

    request.getfixturevalue("local_sagemaker_runtime")

    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE"} & os.environ.keys()
