"""Named endpoints, and which of an endpoint's models a call goes to."""

from __future__ import annotations

import importlib
import random
import re
from collections import UserDict
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import attrs

from wrapper._errors import ConfigurationError
from wrapper.local._answers import ACCOUNT_ID, AnsweredError
from wrapper.local._models import Model
from wrapper.local._service_model import operations

__all__ = ["Endpoint", "Endpoints", "Target", "Variant", "import_callable"]

DEFAULT_VARIANT_NAME = "AllTraffic"
"""The name that the SageMaker SDK gives an endpoint's only variant."""


@attrs.frozen
class Variant:
    """A production variant.

    Attributes:
        model: A container's URL, or a callable.
        weight: Its share of the calls that name no variant, against the others' weights.
    """

    model: Model
    weight: float = 1.0


@attrs.frozen
class Target:
    """Where a call goes.

    Attributes:
        model: The model.
        variant_name: As answered in `x-Amzn-Invoked-Production-Variant`.
        container: The name that error messages give the container.
    """

    model: Model
    variant_name: str
    container: str = "primary"


class Endpoint:
    """An endpoint with one model or several.

    Args:
        model: The model, where there is one only.
        variants: Models, or `Variant`s with weights, by variant name. Not together with `model`.
        containers: The models of an endpoint whose containers are invoked directly, by hostname:
            a call must name one of them as its target container.
        inference_components: Models by inference component: a call must name one of them.

    Raises:
        ConfigurationError: A name, a weight or a model is not valid, or there is no model.
    """

    def __init__(
        self,
        model: Model | None = None,
        *,
        variants: Mapping[str, Model | Variant] | None = None,
        containers: Mapping[str, Model] | None = None,
        inference_components: Mapping[str, Model] | None = None,
    ) -> None:
        if model is not None and variants:
            raise ConfigurationError(
                "an endpoint has either a model or variants, not both", setting="variants"
            )
        given = {DEFAULT_VARIANT_NAME: model} if model is not None else dict(variants or {})
        self.variants = {
            _name(name, "TargetVariant"): _variant(item) for name, item in given.items()
        }
        self.containers = {
            _name(name, "TargetContainerHostname"): _model(item)
            for name, item in (containers or {}).items()
        }
        self.inference_components = {
            _name(name, "InferenceComponentName"): _model(item)
            for name, item in (inference_components or {}).items()
        }
        if not (self.variants or self.containers or self.inference_components):
            raise ConfigurationError(
                "an endpoint needs a model: give `model`, `variants`, `containers` or "
                "`inference_components`",
                setting="endpoints",
            )
        if self.variants and not any(item.weight > 0 for item in self.variants.values()):
            raise ConfigurationError(
                "the weights of an endpoint's variants are all 0: one must be more",
                setting="variants",
            )

    def target(self, endpoint_name: str, parameters: Mapping[str, str]) -> Target:
        """The model that a call goes to.

        Args:
            endpoint_name: For the messages.
            parameters: The call's parameters by member name.

        Raises:
            AnsweredError: `ValidationError`: what the call names is not there, or it names nothing
                where it must.
        """
        component = parameters.get("InferenceComponentName")
        hostname = parameters.get("TargetContainerHostname")
        variant_name = parameters.get("TargetVariant")
        if variant_name is not None and variant_name not in self.variants:
            raise _not_found("Variant", variant_name, endpoint_name)
        if component is not None:
            if component not in self.inference_components:
                raise _not_found("Inference component", component, endpoint_name)
            model = self.inference_components[component]
            return Target(model, variant_name or self._first_variant_name())
        if hostname is not None:
            if hostname not in self.containers:
                raise _not_found("Container", hostname, endpoint_name)
            name = variant_name or self._first_variant_name()
            return Target(self.containers[hostname], name, container=hostname)
        if not self.variants:
            missing = "InferenceComponentName" if self.inference_components else None
            raise AnsweredError(
                "ValidationError",
                f"The {missing or 'TargetContainerHostname'} header is required for endpoint "
                f"{endpoint_name}.",
            )
        if variant_name is None:
            weights = [item.weight for item in self.variants.values()]
            (variant_name,) = random.choices(list(self.variants), weights)  # noqa: S311  # traffic
        return Target(self.variants[variant_name].model, variant_name)

    def _first_variant_name(self) -> str:
        return next(iter(self.variants), DEFAULT_VARIANT_NAME)


class Endpoints(UserDict[str, Endpoint]):
    """Endpoints by name. What is set may be a model, which becomes an endpoint of its own.

    May be changed while the runtime runs.
    """

    def __init__(self, endpoints: Mapping[str, Endpoint | Model]) -> None:
        super().__init__()
        if not isinstance(endpoints, Mapping):
            raise ConfigurationError(
                "endpoints are a mapping of their names to models, such as "
                f'{{"churn": model}}, not {type(endpoints).__name__}',
                setting="endpoints",
            )
        for name, item in endpoints.items():
            self[name] = item

    def __setitem__(self, name: str, item: Endpoint | Model) -> None:
        endpoint = item if isinstance(item, Endpoint) else Endpoint(item)
        self.data[_name(name, "EndpointName")] = endpoint

    def find(self, name: str) -> Endpoint:
        """The endpoint of this name.

        Raises:
            AnsweredError: `ValidationError`: there is none.
        """
        endpoint = self.data.get(name)
        if endpoint is None:
            raise AnsweredError(
                "ValidationError", f"Endpoint {name} of account {ACCOUNT_ID} not found."
            )
        return endpoint


def import_callable(spec: str) -> Model:
    """The callable that `package.module:name` names.

    Raises:
        ConfigurationError: The module cannot be imported, or has no such callable.
    """
    module_name, _, path = spec.partition(":")
    dotted = r"\w+(\.\w+)*"
    if not re.fullmatch(dotted, module_name) or not re.fullmatch(dotted, path):
        raise ConfigurationError(
            f"{spec!r} is not a model: give a container's URL (http://127.0.0.1:8080) or a "
            "callable (package.module:name)",
            setting="endpoints",
        )
    try:
        found: Any = importlib.import_module(module_name)
        for attribute in path.split("."):
            found = getattr(found, attribute)
    except Exception as error:
        hint = f"; for a container give http://{spec}" if path.isdecimal() else ""
        raise ConfigurationError(
            f"cannot import the model {spec!r}: {type(error).__name__}: {error}{hint}",
            setting="endpoints",
        ) from error
    if not callable(found):
        raise ConfigurationError(
            f"the model {spec!r} is a {type(found).__name__}, not callable", setting="endpoints"
        )
    return cast("Model", found)  # what it answers is checked when it does


def _variant(item: Model | Variant) -> Variant:
    variant = item if isinstance(item, Variant) else Variant(item)
    if not 0 <= variant.weight < float("inf"):
        raise ConfigurationError(
            f"the weight of a variant is {variant.weight}: it must be 0 or more",
            setting="variants",
        )
    return attrs.evolve(variant, model=_model(variant.model))


def _model(model: Model) -> Model:
    if callable(model):
        return model
    if not isinstance(model, str):
        raise ConfigurationError(
            f"a model is a container's URL or a callable, not {type(model).__name__}",
            setting="endpoints",
        )
    if not model.startswith(("http://", "https://")):
        return import_callable(model)
    try:
        parts = urlsplit(model)
        valid = bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment)
    except ValueError:
        valid = False
    if not valid:
        raise ConfigurationError(
            f"{model!r} is not the base URL of a container: give for example http://127.0.0.1:8080",
            setting="endpoints",
        )
    return model


def _name(name: str, member: str) -> str:
    """Check a name by the rule that the service has for the parameter that carries it."""
    parameters = operations()["invocations"].parameters
    rule = next(parameter for parameter in parameters if parameter.name == member)
    problem = rule.problem(name)
    if problem is not None:
        raise ConfigurationError(problem, setting="endpoints")
    return name


def _not_found(kind: str, name: str, endpoint_name: str) -> AnsweredError:
    return AnsweredError("ValidationError", f"{kind} {name} of endpoint {endpoint_name} not found.")
