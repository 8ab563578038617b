"""The version of this package, the same as in pyproject.toml (a test says so)."""

__all__ = ["__version__"]

__version__ = "0.1.0"
