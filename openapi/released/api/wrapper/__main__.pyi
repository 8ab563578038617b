from collections.abc import Sequence
from wrapper._config import resolve_config as resolve_config
from wrapper._errors import SageMakerRuntimeError as SageMakerRuntimeError

def main(arguments: Sequence[str] | None = None) -> int: ...
