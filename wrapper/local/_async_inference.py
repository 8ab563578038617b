"""Async inferences: queued, worked off in the background, their results put into the store.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html
"""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

import anyio.to_thread
import attrs

from wrapper.local._answers import ACCOUNT_ID, AnsweredError
from wrapper.local._object_store import InvalidLocationError, ObjectStore, split_location

__all__ = ["AsyncInference", "AsyncInferences", "RunModel"]

_WORKERS = 4
_DEFAULT_TTL_SECONDS = 21_600
_DEFAULT_TIMEOUT_SECONDS = 900

_logger = logging.getLogger("wrapper.local")

RunModel: TypeAlias = Callable[[bytes, float], Awaitable[tuple[str, bytes]]]
"""Gives a model its input and a timeout in seconds; returns media type and output."""


@attrs.frozen
class AsyncInference:
    """An inference that was accepted.

    Attributes:
        inference_id: The caller's id of it, or a new one.
        output_location: Where its output will be: `s3://bucket/key`.
        failure_location: Where the reason will be, should it fail.
        body: The inline input; None when it is at `input_path`.
        input_path: The file of the input object; None when it is inline.
        expires: When it is too late to begin.
        ttl_seconds: What `expires` comes from.
        timeout_seconds: How long the model may take.
        run: Gives the input to the model.
    """

    inference_id: str
    output_location: str
    failure_location: str
    body: bytes | None = attrs.field(repr=False)
    input_path: Path | None
    expires: datetime
    ttl_seconds: int
    timeout_seconds: int
    run: RunModel = attrs.field(repr=False)


class AsyncInferences:
    """The queue and its workers; an async context manager, within which the workers work.

    Args:
        store: Where inputs are, and where outputs and failures go.
        region: Names the bucket, as the SageMaker SDK's default bucket is named.
        clock: Gives the time, aware.
    """

    def __init__(self, store: ObjectStore, region: str, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._bucket = f"sagemaker-{region}-{ACCOUNT_ID}"
        self._clock = clock
        self._queue: asyncio.Queue[AsyncInference] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._workers = [asyncio.create_task(self._work()) for _ in range(_WORKERS)]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def accept(self, parameters: Mapping[str, str], body: bytes, run: RunModel) -> AsyncInference:
        """Queue an inference.

        Args:
            parameters: Those of `InvokeEndpointAsync`, each valid by itself.
            body: The inline input.
            run: Gives the input to the model.

        Raises:
            AnsweredError: `ValidationError`: both or neither of body and location, or a location
                that cannot be.
        """
        input_location = parameters.get("InputLocation")
        if (input_location is None) is not bool(body):
            raise AnsweredError(
                "ValidationError",
                "Exactly one of Body and InputLocation must be given, not "
                f"{'neither' if input_location is None else 'both'}.",
            )
        object_id = str(uuid.uuid4())
        folder = f"{parameters['EndpointName']}/{parameters.get('S3OutputPathExtension', '')}"
        folder = re.sub("/+", "/", f"{folder}/")
        filename = parameters.get("Filename", f"{object_id}.out")
        ttl_seconds = int(parameters.get("RequestTTLSeconds", _DEFAULT_TTL_SECONDS))
        inference = AsyncInference(
            inference_id=parameters.get("InferenceId", object_id),
            output_location=f"s3://{self._bucket}/async-endpoint-outputs/{folder}{filename}",
            failure_location=(
                f"s3://{self._bucket}/async-endpoint-failures/{folder}{object_id}-error.out"
            ),
            body=body or None,
            input_path=None if input_location is None else self._path(input_location),
            expires=self._clock() + timedelta(seconds=ttl_seconds),
            ttl_seconds=ttl_seconds,
            timeout_seconds=int(
                parameters.get("InvocationTimeoutSeconds", _DEFAULT_TIMEOUT_SECONDS)
            ),
            run=run,
        )
        self._path(inference.output_location)  # refused now rather than lost later
        self._queue.put_nowait(inference)
        return inference

    async def _work(self) -> None:
        while True:
            inference = await self._queue.get()
            try:
                await self._process(inference)
            except Exception:
                _logger.exception("the async inference %s was lost", inference.inference_id)

    async def _process(self, inference: AsyncInference) -> None:
        location = inference.failure_location
        content_type = "text/plain; charset=utf-8"
        try:
            if self._clock() >= inference.expires:
                raise AnsweredError(
                    "ValidationError",
                    f"The request waited longer than its {inference.ttl_seconds} seconds "
                    "(RequestTTLSeconds) and was not begun.",
                )
            content_type, output = await inference.run(
                await _input_of(inference), inference.timeout_seconds
            )
            location = inference.output_location
        except AnsweredError as error:
            output = (error.message or "").encode()
        putting = asyncio.ensure_future(
            anyio.to_thread.run_sync(self._put, location, content_type, output)
        )
        try:
            await asyncio.shield(putting)
        except asyncio.CancelledError:
            await putting  # the thread goes on: its directory must not be taken away under it
            raise

    def _put(self, location: str, content_type: str, data: bytes) -> None:
        with self._store.writing(self._path(location), content_type) as file:
            file.write(data)

    def _path(self, location: str) -> Path:
        try:
            return self._store.path(*split_location(location))
        except InvalidLocationError as error:
            raise AnsweredError("ValidationError", f"{error}.") from None


async def _input_of(inference: AsyncInference) -> bytes:
    if inference.input_path is None:
        return inference.body or b""
    try:
        return await anyio.to_thread.run_sync(inference.input_path.read_bytes)
    except OSError as error:
        raise AnsweredError(
            "ValidationError", f"The object at InputLocation cannot be read: {error.strerror}."
        ) from None
