"""sciunit.utils: what tests and models use of it."""

from simcore.validation.caching import class_intern, method_cache, method_memoize, use_backend_cache
from simcore.validation.canonical import digest as dict_hash
from simcore.validation.dimension import assert_dimensionless


def dict_combine(*dict_list: dict) -> dict:
    """One dict of several; later ones win."""
    return {key: value for one in dict_list for key, value in one.items()}


__all__ = ["assert_dimensionless", "class_intern", "dict_combine", "dict_hash", "method_cache", "method_memoize",
           "use_backend_cache"]
