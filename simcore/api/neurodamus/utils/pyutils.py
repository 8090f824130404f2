"""neurodamus.utils.pyutils: ConfigT, options with defaults that are written as a class."""

from __future__ import annotations

import enum
import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar

from simcore.errors import InvalidParameterValueError, NonExistentParameterError, nearest

_log = logging.getLogger(__name__)


class ConfigT:
    """Options: public class attributes are their names and defaults, `REQUIRED` marks those that must be given.

    One store: an option is the same as attribute and in `[]`. None means "not given". Names that are not declared are
    kept (as attribute and in `[]`) with a warning that tells the nearest declared one. The dict given is not changed.
    Raises InvalidParameterValueError (a ValueError) if a required option is missing or an enum has no such member.
    """

    class _ConfigFlag:
        """The mark of options that must be given."""

        __slots__ = ()

    REQUIRED: ClassVar[ConfigT._ConfigFlag] = _ConfigFlag()

    def __init__(self, opt_dict: Mapping[str, Any] | None = None, **opts: Any):
        declared = self._declared()
        for name, value in {**(opt_dict or {}), **opts}.items():
            if name not in declared:
                _log.warning("%s has no option %r%s", type(self).__name__, name, nearest(name, declared))
            if value is not None:
                setattr(self, name, value)
        for name, default in declared.items():
            if default is ConfigT.REQUIRED and name not in vars(self):
                raise InvalidParameterValueError(f"Config field {name} is mandatory", name=name,
                                                 where=type(self).__name__)

    @classmethod
    def _declared(cls) -> dict[str, Any]:
        """Names of all options and their defaults."""
        found: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            if issubclass(base, ConfigT) and base is not ConfigT:
                found.update({name: value for name, value in vars(base).items() if not name.startswith("_")
                              and not isinstance(value, type | classmethod | staticmethod | property)
                              and not callable(value)})
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        default = self._declared().get(name)
        if isinstance(default, enum.Enum):
            value = _member(type(default), name, value)
        object.__setattr__(self, name, value)

    def __getitem__(self, name: str) -> Any:
        if name in self:
            return vars(self)[name]
        raise NonExistentParameterError(f"{type(self).__name__}: option {name!r} was not given{nearest(name, self.all)}",
                                        name=name)

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def __contains__(self, name: object) -> bool:
        return name in vars(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.all.items())})"

    def get(self, name: str, default: Any = None) -> Any:
        """What was given under this name, or the default passed."""
        return vars(self).get(name, default)

    @property
    def all(self) -> dict[str, Any]:
        """All that was given or set, by name."""
        return dict(vars(self))

    def as_dict(self, subset: Collection[str] | None = None, excludes: Collection[str] = ()) -> dict[str, Any]:
        """What was given or set and is not None: those in `subset` (None: all) but not in `excludes`."""
        return {name: value for name, value in vars(self).items() if value is not None and not name.startswith("_")
                and name not in excludes and (subset is None or name in subset)}

    def apply(self, obj: Any, subset: Collection[str] | None = None, excludes: Collection[str] = (),
              **overrides: Any) -> None:
        """Set the options as attributes of an object, or of each of a tuple or list of objects."""
        opts = self.as_dict(subset, excludes) | overrides
        targets: Iterable = obj if isinstance(obj, tuple | list) else (obj,)
        for target in targets:
            self._apply_f(target, opts)

    def _apply_f(self, obj: Any, opts_dict: Mapping[str, Any]) -> None:
        for name, value in opts_dict.items():
            setattr(obj, name, value)


def _member(kind: type[enum.Enum], name: str, value: Any) -> enum.Enum:
    """The member of an enum by itself, its name or its value."""
    if isinstance(value, kind):
        return value
    if isinstance(value, str) and value.upper() in kind.__members__:
        return kind[value.upper()]
    try:
        return kind(value)
    except ValueError:
        raise InvalidParameterValueError(f"{name} cannot be {value!r}{nearest(str(value), kind.__members__)}",
                                         name=name, got=value) from None
