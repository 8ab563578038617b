import attrs
from _typeshed import Incomplete
from collections import UserDict
from collections.abc import Mapping
from wrapper.local._models import Model

__all__ = ['Variant', 'Target', 'Endpoint', 'Endpoints', 'import_callable']

@attrs.frozen
class Variant:
    model: Model
    weight: float = 1.0

@attrs.frozen
class Target:
    model: Model
    variant_name: str
    container: str = 'primary'

class Endpoint:
    variants: Incomplete
    containers: Incomplete
    inference_components: Incomplete
    def __init__(self, model: Model | None = None, *, variants: Mapping[str, Model | Variant] | None = None, containers: Mapping[str, Model] | None = None, inference_components: Mapping[str, Model] | None = None) -> None: ...
    def target(self, endpoint_name: str, parameters: Mapping[str, str]) -> Target: ...

class Endpoints(UserDict[str, Endpoint]):
    def __init__(self, endpoints: Mapping[str, Endpoint | Model]) -> None: ...
    def __setitem__(self, name: str, item: Endpoint | Model) -> None: ...
    def find(self, name: str) -> Endpoint: ...

def import_callable(spec: str) -> Model: ...
