"""A local SageMaker Runtime: a real HTTP server that any AWS client can be pointed at.

It checks every signature with botocore, serves models that are containers or Python callables,
streams, queues async inferences, and can be told to misbehave. From a shell:

    python -m wrapper.local --endpoint my-endpoint=http://127.0.0.1:8080

From Python see `LocalRuntime`; for tests list `wrapper.local.pytest_plugin` in `pytest_plugins`.
Needs the extra `local`.
"""

from __future__ import annotations

import sys as _sys

try:
    import botocore as _botocore
    import starlette as _starlette
    import uvicorn as _uvicorn
except ModuleNotFoundError as _error:
    _text = (
        f"wrapper.local needs {_error.name}, which is not installed: install this package with its "
        "extra `local` (in a checkout: pip install '.[local]')"
    )
    if _sys.argv[0] == "-m":  # `python -m wrapper.local`
        _sys.exit(_text)
    raise ImportError(_text) from None

from wrapper.local import faults
from wrapper.local._endpoints import Endpoint, Variant
from wrapper.local._models import Model, ModelRequest, ModelResponse, ModelResult
from wrapper.local._requests import ReceivedRequest, RequestLog
from wrapper.local._runtime import LOCAL_CREDENTIALS, LocalRuntime, echo

del _botocore, _starlette, _sys, _uvicorn

__all__ = [
    "LOCAL_CREDENTIALS",
    "Endpoint",
    "LocalRuntime",
    "Model",
    "ModelRequest",
    "ModelResponse",
    "ModelResult",
    "ReceivedRequest",
    "RequestLog",
    "Variant",
    "echo",
    "faults",
]
