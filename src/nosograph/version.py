"""The version of the project, on its own so that every layer can name it."""

__all__ = ["VERSION"]

VERSION = "0.1.0"
