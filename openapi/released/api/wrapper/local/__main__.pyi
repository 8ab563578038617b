import argparse
from collections.abc import Sequence
from typing import NoReturn

__all__ = ['main']

class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn: ...

def main(arguments: Sequence[str] | None = None) -> int: ...
