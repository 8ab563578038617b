"""Credentials of a container's endpoint: ECS tasks, EKS Pod Identity, Greengrass and others.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError, CredentialsError
from wrapper.credentials._answers import FieldNames, credentials_from, parse_object
from wrapper.credentials._provider import CredentialsNotConfigured, StepsProvider
from wrapper.credentials._steps import Steps, call
from wrapper.credentials._wording import excerpt

if TYPE_CHECKING:
    from wrapper.credentials._http import HttpAnswer

__all__ = ["ContainerProvider"]

_RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
_FULL_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"  # noqa: S105  # a variable's name
_TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"  # noqa: S105  # a variable's name
_ECS_HOST = "169.254.170.2"
_HTTP_HOSTS = frozenset({_ECS_HOST, "169.254.170.23", "fd00:ec2::23", "localhost"})
_TIMEOUT = 2.0
_PAUSE = 0.5
_NAMES = FieldNames(session_token="Token")  # noqa: S106  # a field's name


class ContainerProvider(StepsProvider):
    """The endpoint that `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `…_FULL_URI` names.

    Over plain `http` only the hosts of ECS and EKS and this machine itself are asked; never
    through a proxy, and redirects are not followed. The authorization token comes from
    `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`, read anew each time, or
    `AWS_CONTAINER_AUTHORIZATION_TOKEN`.

    Args:
        environ: The environment; that of the process when left out.
    """

    name = "container"

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = None if environ is os.environ else environ

    def steps(self) -> Steps[Credentials]:
        """Ask the endpoint."""
        from wrapper.credentials._http import Exchange, HttpFailed, send_with_retries

        environ = os.environ if self._environ is None else self._environ
        if not (environ.get(_RELATIVE_URI) or environ.get(_FULL_URI)):
            raise CredentialsNotConfigured(
                f"neither {_RELATIVE_URI} nor {_FULL_URI} is set",
                "Give the ECS task a task role, or the pod a Pod Identity association; they set it",
            )
        url = yield from call(lambda: _checked_url(environ))
        token = yield from call(lambda: _authorization(environ))
        headers = {"Accept": "application/json"} | ({"Authorization": token} if token else {})
        exchange = Exchange("GET", url, headers, timeout=_TIMEOUT)
        endpoint = f"The container's credentials endpoint {url.partition('?')[0]}"
        try:
            answer = yield from send_with_retries(exchange, _is_final, pause=_PAUSE)
        except HttpFailed as error:
            raise CredentialsError(f"{endpoint} cannot be reached: {error}.") from None
        if answer.status != 200:
            said = _said(answer, token)
            raise CredentialsError(
                f"{endpoint} gave no credentials: it answered {answer.status}"
                f"{f', saying: {said}' if said else ''}."
            )
        return _credentials(answer)

    def __repr__(self) -> str:
        return "ContainerProvider()"


def _is_final(answer: HttpAnswer) -> bool:
    """Whether it is what was asked for; an agent that is starting may say anything."""
    if answer.status != 200:
        return False
    try:
        _credentials(answer)
    except CredentialsError:  # cut short, perhaps
        return False
    return True


def _said(answer: HttpAnswer, token: str | None) -> str:
    """The error's code and message, as the agents of ECS and of Pod Identity write them."""
    try:
        fields = parse_object(answer.body, "")
    except CredentialsError:
        return ""
    found = [fields.get(name) for name in ("code", "message")]
    return excerpt(": ".join(text for text in found if isinstance(text, str)), token)


def _credentials(answer: HttpAnswer) -> Credentials:
    origin = "The answer of the container's credentials endpoint"
    return credentials_from(parse_object(answer.body, origin), origin, _NAMES, is_temporary=True)


def _checked_url(environ: Mapping[str, str]) -> str:
    """The URL to ask; only where it leads to an allowed host.

    The URL is judged as httpx reads it, since httpx is what sends.
    """
    import httpx

    relative = environ.get(_RELATIVE_URI)
    variable = _RELATIVE_URI if relative else _FULL_URI
    if relative and not relative.startswith("/"):
        raise _refused(variable, "it does not begin with /")
    text = f"http://{_ECS_HOST}{relative}" if relative else environ[_FULL_URI]
    if not text.isprintable() or not text.isascii() or "\\" in text or " " in text:
        raise _refused(variable, "it has characters that do not belong in a URL")
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise _refused(variable, "it is not a URL") from None
    if url.userinfo:
        raise _refused(variable, "it has user information before @")
    if url.scheme not in {"http", "https"} or not url.host:
        raise _refused(variable, "it is not an http or https URL")
    if url.scheme == "http" and not _is_allowed(url.host):
        hosts = ", ".join(sorted(_HTTP_HOSTS))
        raise _refused(
            variable,
            f"plain http goes to {hosts} and loopback addresses alone, not to {url.host[:80]!r}",
        )
    return str(url)


def _is_allowed(host: str) -> bool:
    if host in _HTTP_HOSTS:
        return True
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(variable: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"{variable} is refused: {reason}.", setting=variable)


def _authorization(environ: Mapping[str, str]) -> str | None:
    path = environ.get(_TOKEN_FILE)
    if path:
        try:
            with open(path, encoding="utf-8") as file:  # noqa: PTH123
                token = file.read()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise CredentialsError(f"{_TOKEN_FILE} ({path}) cannot be read: {reason}.") from None
        origin = f"{_TOKEN_FILE} ({path})"
    else:
        token = environ.get(_TOKEN, "")
        origin = _TOKEN
    if not token.isprintable() or not token.isascii():
        raise CredentialsError(
            f"{origin} holds a newline or another character that no HTTP header can hold."
        )
    return token or None
