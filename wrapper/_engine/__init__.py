"""What touches sockets: an engine for threads, one for asyncio, and httpx where neither applies."""

__all__: list[str] = []
