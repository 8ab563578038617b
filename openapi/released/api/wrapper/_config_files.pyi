import attrs
from collections.abc import Mapping

__all__ = ['Section', 'SharedConfig', 'shared_config', 'parse_config_file']

@attrs.frozen(repr=False)
class Section:
    values: Mapping[str, Value]
    origins: Mapping[str, str]
    def text(self, key: str) -> str | None: ...
    def nested(self, key: str) -> Mapping[str, str]: ...
    def __contains__(self, key: object) -> bool: ...

@attrs.frozen(repr=False)
class SharedConfig:
    profiles: Mapping[str, Section]
    sso_sessions: Mapping[str, Section]
    services: Mapping[str, Section]
    credentials_file: Mapping[str, Section]
    config_file: Mapping[str, Section]

def shared_config(config: Mapping[str, Section], credentials: Mapping[str, Section]) -> SharedConfig: ...
def parse_config_file(content: bytes, path: str) -> dict[str, Section]: ...

class _Parser:
    def __init__(self, path: str) -> None: ...
    def feed(self, line: str, number: int) -> None: ...
    def sections(self) -> dict[str, Section]: ...
