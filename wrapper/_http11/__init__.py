"""HTTP/1.1 without I/O (RFC 9112): a request's bytes from its parts, an answer from its bytes."""

__all__: list[str] = []
