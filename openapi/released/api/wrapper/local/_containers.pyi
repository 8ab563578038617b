from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from wrapper.local._models import ModelAnswer, ModelRequest

__all__ = ['Containers']

class Containers:
    def __init__(self) -> None: ...
    async def aclose(self) -> None: ...
    @asynccontextmanager
    async def answer(self, url: str, request: ModelRequest) -> AsyncGenerator[ModelAnswer]: ...
