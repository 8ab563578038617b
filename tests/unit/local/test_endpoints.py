"""Endpoints, and which of their models a call goes to."""

from __future__ import annotations

from collections import Counter

import pytest

from wrapper._errors import ConfigurationError
from wrapper.local._answers import AnsweredError
from wrapper.local._endpoints import Endpoint, Endpoints, Variant, import_callable


def model(request):
    return b""


def other(request):
    return b""


def message_of(endpoint: Endpoint, **parameters: str) -> str:
    with pytest.raises(AnsweredError) as caught:
        endpoint.target("e", parameters)
    assert caught.value.code == "ValidationError"
    assert caught.value.message is not None
    return caught.value.message


def test_a_single_model_is_the_variant_all_traffic():
    target = Endpoint(model).target("e", {})

    assert (target.model, target.variant_name, target.container) == (model, "AllTraffic", "primary")


def test_calls_spread_over_variants_by_weight():
    endpoint = Endpoint(variants={"a": Variant(model, 9), "b": Variant(model, 1)})

    counts = Counter(endpoint.target("e", {}).variant_name for _ in range(2000))

    assert 1650 < counts["a"] < 1950  # 1800 ± 11 standard deviations


def test_a_variant_of_weight_0_gets_only_the_calls_that_name_it():
    endpoint = Endpoint(variants={"live": model, "shadow": Variant(other, 0)})

    assert {endpoint.target("e", {}).variant_name for _ in range(200)} == {"live"}
    assert endpoint.target("e", {"TargetVariant": "shadow"}).model is other


def test_a_container_is_chosen_by_hostname():
    endpoint = Endpoint(containers={"first": model, "second": other})

    target = endpoint.target("e", {"TargetContainerHostname": "second"})

    assert (target.model, target.container) == (other, "second")
    assert "TargetContainerHostname header is required" in message_of(endpoint)


def test_an_inference_component_is_chosen_by_name():
    endpoint = Endpoint(inference_components={"llm": model})

    assert endpoint.target("e", {"InferenceComponentName": "llm"}).model is model
    assert "InferenceComponentName header is required" in message_of(endpoint)


def test_what_is_not_there_is_not_found():
    endpoint = Endpoint(model)

    assert message_of(endpoint, TargetVariant="x") == "Variant x of endpoint e not found."
    assert message_of(endpoint, TargetContainerHostname="x") == (
        "Container x of endpoint e not found."
    )
    assert message_of(endpoint, InferenceComponentName="x") == (
        "Inference component x of endpoint e not found."
    )


def test_an_unknown_endpoint_is_a_validation_error_in_the_services_words():
    with pytest.raises(AnsweredError) as caught:
        Endpoints({"e": model}).find("f")

    assert caught.value.code == "ValidationError"
    assert caught.value.message == "Endpoint f of account 111122223333 not found."


def test_endpoints_can_be_changed_and_checked_as_they_are_set():
    endpoints = Endpoints({})
    endpoints["a"] = model
    endpoints.update(b=Endpoint(other))

    assert endpoints.find("a").target("a", {}).model is model
    assert endpoints.find("b").target("b", {}).model is other
    del endpoints["a"]
    assert sorted(endpoints) == ["b"]
    with pytest.raises(ConfigurationError, match="endpointName"):
        endpoints["not valid"] = model
    with pytest.raises(ConfigurationError, match="int"):
        endpoints["c"] = 7  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "needs a model"),
        ({"model": model, "variants": {"a": model}}, "either a model or variants"),
        ({"variants": {"not valid": model}}, "targetVariant"),
        ({"containers": {"not valid": model}}, "targetContainerHostname"),
        ({"inference_components": {"-": model}}, "inferenceComponentName"),
        ({"variants": {"a": Variant(model, 0)}}, "all 0"),
        ({"variants": {"a": Variant(model, -1)}}, "0 or more"),
        ({"variants": {"a": Variant(model, float("nan"))}}, "0 or more"),
        ({"variants": {"a": Variant(model, float("inf"))}}, "0 or more"),
        ({"model": "http://"}, "base URL"),
        ({"model": "http://h:99999"}, "base URL"),
        ({"model": "http://h/?q=1"}, "base URL"),
        ({"model": "ftp://h"}, "not a model"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused_at_once(arguments, said):
    with pytest.raises(ConfigurationError, match=said):
        Endpoint(**arguments)


def test_a_callable_is_imported_by_name():
    assert import_callable("json:loads") is __import__("json").loads
    assert Endpoint("json:JSONDecoder.decode").target("e", {}).model is not None


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("json", "not a model"),
        ("json:", "not a model"),
        (":loads", "not a model"),
        ("no_such_module_here:x", "No module named 'no_such_module_here'"),
        ("json:no_such_name", "no attribute 'no_such_name'"),
        ("json:__name__", "not callable"),
        ("../json:loads", "not a model"),
    ],
)
def test_what_cannot_be_imported_is_a_clear_error(spec, said):
    with pytest.raises(ConfigurationError, match=said):
        import_callable(spec)


@pytest.mark.parametrize("endpoints", ["http://127.0.0.1:8080", model, [model], 5])
def test_endpoints_that_have_no_names_are_refused(endpoints):
    with pytest.raises(ConfigurationError, match="a mapping of their names to models") as caught:
        Endpoints(endpoints)
    assert caught.value.setting == "endpoints"


def test_an_address_that_lacks_its_scheme_is_told_from_a_callable():
    with pytest.raises(ConfigurationError, match=r"for a container give http://localhost:8080$"):
        Endpoint("localhost:8080")
