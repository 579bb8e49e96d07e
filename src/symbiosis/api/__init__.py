"""The API for other software, mounted at ``/api/v1``: the same principals, the same matrix and the same store as the pages."""

from symbiosis.api.application import create_api

__all__ = ["create_api"]
