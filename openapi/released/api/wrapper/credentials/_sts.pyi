from collections.abc import Mapping
from wrapper._config import Config
from wrapper._credentials import Credentials
from wrapper.credentials._steps import Steps

__all__ = ['call_sts', 'parse_answer']

def call_sts(action: str, parameters: Mapping[str, str], config: Config, signer: Credentials | None) -> Steps[Credentials]: ...
def parse_answer(body: bytes) -> dict[str, str]: ...
