"""Chains, the error when nothing is found, and the package's lazy names."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys

import pytest

import wrapper.credentials
from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError, CredentialsError
from wrapper.credentials import (
    CredentialsNotConfigured,
    EnvironmentProvider,
    Provider,
    ProviderChain,
    RefreshingCredentials,
    StaticProvider,
    default_chain,
)


class Skipped(Provider):
    name = "skipped"

    def load(self):
        raise CredentialsNotConfigured("the moon is not full", "Wait for it")


class Failing(Provider):
    name = "failing"

    def load(self):
        raise CredentialsError("it broke")


GIVEN = StaticProvider(Credentials("AKID", "s"))


def test_a_chain_passes_over_what_is_not_configured():
    chain = ProviderChain([Skipped(), ProviderChain([Skipped()]), GIVEN, Failing()])
    assert chain.load().access_key_id == "AKID"
    assert chain.chosen is GIVEN
    assert chain.name == "the argument"
    assert asyncio.run(chain.load_async()).access_key_id == "AKID"


@pytest.mark.parametrize("load", [lambda c: c.load(), lambda c: asyncio.run(c.load_async())])
def test_a_provider_that_fails_ends_the_chain(load):
    with pytest.raises(CredentialsError, match="it broke") as caught:
        load(ProviderChain([Skipped(), Failing(), GIVEN]))
    assert not isinstance(caught.value, CredentialsNotConfigured)


def test_when_nothing_is_found_the_error_lists_what_was_tried_why_and_what_to_do():
    with pytest.raises(CredentialsNotConfigured) as caught:
        ProviderChain([Skipped(), EnvironmentProvider({})]).load()
    assert str(caught.value).splitlines() == [
        "No AWS credentials were found. Tried, in this order:",
        "- skipped: the moon is not full. Wait for it.",
        (
            "- environment: AWS_ACCESS_KEY_ID is not set. Set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN for temporary credentials."
        ),
    ]


def test_the_whole_search_lists_every_provider_in_awss_order(monkeypatch, home):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile p]\nregion = eu-west-1\n")

    def tried(chain):
        with pytest.raises(CredentialsNotConfigured) as caught:
            chain.load()
        lines = str(caught.value).splitlines()
        return [line[2:].partition(":")[0] for line in lines if line.startswith("- ")], lines

    names, lines = tried(default_chain())
    assert names == [
        "environment",
        "assume role",
        "web identity",
        "SSO",
        "shared credentials file",
        "aws login",
        "credential process",
        "config file",
        "container",
        "instance metadata",
    ]
    assert all(line.count(". ") >= 1 for line in lines[1:]), "each with a remedy"
    names, lines = tried(default_chain(profile="p"))
    assert names[0] == "assume role"
    assert "AWS_ACCESS_KEY_ID was not looked at" in lines[-1]
    assert "'p'" in lines[1]


def test_an_unreadable_file_is_named_when_nothing_is_found(monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def denied(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("wrapper._settings._read_bytes", denied)
    with pytest.raises(CredentialsNotConfigured, match=r"credentials cannot be read: Permission"):
        default_chain().load()


def test_errors_and_chains_can_be_pickled(monkeypatch):
    error = CredentialsNotConfigured("a", "b")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.reason, copy.remedy) == ("a. b.", "a", "b")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    chain = default_chain()
    chain.load()
    pickled = pickle.dumps(RefreshingCredentials(chain))
    assert b"hunter2" not in pickled
    assert pickle.loads(pickled).get().access_key_id == "AKID"


def test_a_malformed_setting_fails_before_anything_is_searched():
    with pytest.raises(ConfigurationError):
        default_chain(profile="nope")


def test_every_public_name_is_there_and_loaded_when_it_is_used():
    assert set(wrapper.credentials._MODULES) == set(wrapper.credentials.__all__)
    for name in wrapper.credentials.__all__:
        assert getattr(wrapper.credentials, name).__name__ if name != "CredentialsLike" else True
    assert set(wrapper.credentials.__all__) <= set(dir(wrapper.credentials))
    with pytest.raises(AttributeError, match="no attribute 'Nope'"):
        wrapper.credentials.Nope  # noqa: B018
    program = "import wrapper.credentials, sys; print([m for m in sys.modules if '._' in m])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "wrapper.credentials._" not in done.stdout


def test_a_provider_that_overrides_nothing_says_so():
    with pytest.raises(NotImplementedError):
        Provider().load()
