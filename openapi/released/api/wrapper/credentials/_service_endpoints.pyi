from typing import NamedTuple
from wrapper._settings import Settings

__all__ = ['ServiceEndpoint', 'service_endpoint']

class ServiceEndpoint(NamedTuple):
    url: str
    signing_region: str

def service_endpoint(service: Service, region: str | None, settings: Settings) -> ServiceEndpoint: ...
