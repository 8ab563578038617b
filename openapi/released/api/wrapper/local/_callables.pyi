from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any
from wrapper.local._models import ModelAnswer, ModelRequest

__all__ = ['CallableModels']

class CallableModels:
    def __init__(self) -> None: ...
    @asynccontextmanager
    async def answer(self, model: Callable[[ModelRequest], Any], request: ModelRequest) -> AsyncGenerator[ModelAnswer]: ...
