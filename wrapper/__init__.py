"""Amazon SageMaker Runtime for Python: typed, sync and async."""
