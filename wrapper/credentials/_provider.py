"""What every provider of credentials is, and the error by which one says that it does not serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wrapper._errors import CredentialsError
from wrapper.credentials._steps import Steps, run, run_async

if TYPE_CHECKING:
    from wrapper._credentials import Credentials

__all__ = ["CredentialsNotConfigured", "Provider", "StepsProvider"]


class CredentialsNotConfigured(CredentialsError):  # noqa: N818  # a finding rather than a failure
    """A provider finds nothing that concerns it; in a chain the next one is tried.

    A provider that is configured but fails raises `CredentialsError` itself, which ends a chain.

    Attributes:
        reason: Why it does not serve.
        remedy: What would make it serve.
    """

    def __init__(self, reason: str = "", remedy: str = "") -> None:
        super().__init__(f"{reason}. {remedy}." if remedy else reason)
        self.reason = reason
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[CredentialsNotConfigured], tuple[str, str]]:
        return type(self), (self.reason, self.remedy)


class Provider:
    """Something that finds credentials. Subclass it and override `load` to write your own.

    Attributes:
        name: What the provider is called in errors and logs.
        is_asked_each_time: Whether credentials without expiration may change from call to call, so
            that they are not kept.
    """

    name: str = "provider"
    is_asked_each_time: bool = False

    def load(self) -> Credentials:
        """Find the credentials, anew on every call.

        Raises:
            CredentialsNotConfigured: Nothing configures this provider.
            CredentialsError: It is configured but gave no usable credentials.
            ConfigurationError: A setting it needs is malformed.
        """
        raise NotImplementedError

    async def load_async(self) -> Credentials:
        """Do as `load` does without blocking the event loop: by default, in a worker thread."""
        import asyncio

        return await asyncio.to_thread(self.load)

    def steps(self) -> Steps[Credentials]:
        """The same as a generator of effects, for providers that build on this one."""
        result: Credentials = yield _Load(self)
        return result


class _Load:
    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def perform(self) -> Credentials:
        return self.provider.load()

    async def perform_async(self) -> Credentials:
        return await self.provider.load_async()


class StepsProvider(Provider):
    """A provider whose logic is written once, in `steps`, and run both ways."""

    def load(self) -> Credentials:
        """Run the steps in this thread."""
        return run(self.steps())

    async def load_async(self) -> Credentials:
        """Run the steps without blocking the event loop."""
        return await run_async(self.steps())

    def steps(self) -> Steps[Credentials]:
        """The provider's logic."""
        raise NotImplementedError
