"""Credentials that a program prints."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from wrapper._credentials import Credentials
from wrapper._errors import ConfigurationError, CredentialsError
from wrapper.credentials._answers import FieldNames, credentials_from, parse_object
from wrapper.credentials._provider import CredentialsNotConfigured, StepsProvider
from wrapper.credentials._steps import Steps, call
from wrapper.credentials._wording import excerpt

if TYPE_CHECKING:
    import subprocess

    from wrapper._config import Config

__all__ = ["ProcessProfileProvider", "ProcessProvider"]


class ProcessProvider(StepsProvider):
    """A program that prints credentials as JSON, run without a shell.

    Its output is described at
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html.

    Args:
        command: The program and its arguments; a string is split as a POSIX shell splits words, and
            nothing in it is expanded.
    """

    name = "credential process"

    def __init__(self, command: str | Sequence[str]) -> None:
        self._command = command if isinstance(command, str) else list(command)

    def steps(self) -> Steps[Credentials]:
        """Run the program."""
        command = self._words()
        program = os.path.basename(command if isinstance(command, str) else command[0])  # noqa: PTH119
        try:
            ended: _Ended = yield _Program(command)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "its name or an argument is malformed"
            raise CredentialsError(
                f"The credential process {program!r} cannot be run: {reason}. Check "
                "credential_process; a relative name is searched in PATH, and ~ is not expanded."
            ) from None
        if ended.status != 0:
            said = excerpt(ended.errors)
            raise CredentialsError(
                f"The credential process {program!r} ended with status {ended.status}"
                f"{f', saying: {said}' if said else ''}."
            )
        origin = f"The output of the credential process {program!r}"
        fields = parse_object(ended.output, origin)
        version = fields.get("Version")
        if version != 1:
            raise CredentialsError(f"{origin} has the Version {version!r:.20}; 1 is understood.")
        return credentials_from(fields, origin, FieldNames(), is_temporary=False)

    def _words(self) -> str | list[str]:
        if not isinstance(self._command, str):
            return self._command
        if os.name == "nt":
            return self._command  # Windows programs split their command line themselves
        import shlex

        try:
            words = shlex.split(self._command)
        except ValueError:
            words = []
        if not words:
            raise ConfigurationError(
                "credential_process is no command: it is empty, or a quotation mark has no pair.",
                setting="credential_process",
            )
        return words

    def __repr__(self) -> str:
        return "ProcessProvider(…)"  # the arguments may be secret


class _Ended(NamedTuple):
    status: int
    output: bytes
    errors: bytes


class _Program:
    """The effect of running a program to its end; a task that is cancelled takes it with it."""

    def __init__(self, command: str | list[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def perform(self) -> _Ended:
        """Run it here."""
        import subprocess

        with subprocess.Popen(  # noqa: S603  # no shell
            self._command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            self._process = process
            output, errors = process.communicate()
        return _Ended(process.returncode, output, errors)

    async def perform_async(self) -> _Ended:
        """Run it while a worker thread waits."""
        import asyncio

        try:
            return await asyncio.to_thread(self.perform)
        except asyncio.CancelledError:
            if self._process is not None:
                self._process.kill()
            raise


class ProcessProfileProvider(StepsProvider):
    """The `credential_process` of a profile.

    Args:
        config: With the profile's settings.
    """

    name = "credential process"

    def __init__(self, config: Config) -> None:
        self._config = config

    def steps(self) -> Steps[Credentials]:
        """Read the profile and run its program."""
        settings = self._config.settings
        command = yield from call(lambda: settings.key("credential_process"))
        if command is None:
            raise CredentialsNotConfigured(
                f"the profile {settings.profile_name!r} has no credential_process",
                "Give it credential_process, a program that prints credentials",
            )
        return (yield from ProcessProvider(command.value).steps())
