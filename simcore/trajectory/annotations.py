"""Annotations: short notes on a node of the tree, kept as attributes in the store."""

from __future__ import annotations

from collections.abc import Iterator


class Annotations:
    """Notes by name: `node.v_annotations.unit = "mV"`, or `f_set("first", "second", unit="mV")`.

    Positional values are named `annotation`, `annotation_1`, … and can be asked for by number.
    """

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __getitem__(self, name: str | int) -> object:
        return self.f_get(name)

    def __setitem__(self, name: str | int, value: object) -> None:
        self.__dict__[_named(name)] = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Annotations) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __getattr__(self, name: str) -> object:
        raise AttributeError(f"there is no annotation {name!r}; there are: {', '.join(self.__dict__) or 'none'}")

    def f_to_dict(self, copy: bool = True) -> dict[str, object]:
        """All annotations; copy=False gives the dictionary itself."""
        return dict(self.__dict__) if copy else self.__dict__

    def f_is_empty(self) -> bool:
        """Whether there are none."""
        return not self.__dict__

    def f_empty(self) -> None:
        """Forget all annotations (in memory)."""
        self.__dict__.clear()

    def f_get(self, *names: str | int) -> object:
        """One annotation by name or number, several as a tuple; without a name the only one there is.

        Raises AttributeError if there is none of this name, ValueError if no name is given and there are several.
        """
        if not names:
            if len(self.__dict__) > 1:
                raise ValueError(f"there are {len(self.__dict__)} annotations ({', '.join(self)}): say which")
            if not self.__dict__:
                raise AttributeError("there are no annotations here")
            return next(iter(self.__dict__.values()))
        found = tuple(getattr(self, _named(name)) for name in names)
        return found[0] if len(names) == 1 else found

    def f_set(self, *args: object, **kwargs: object) -> None:
        """Set annotations; positional ones are called annotation, annotation_1, …"""
        for i, value in enumerate(args):
            self[i] = value
        for name, value in kwargs.items():
            self[name] = value

    def f_set_single(self, name: str, data: object) -> None:
        """Set one annotation."""
        self[name] = data

    def f_ann_to_str(self) -> str:
        """All annotations as text, sorted by name: `a=1; b=2`."""
        return "; ".join(f"{name}={self.__dict__[name]!s}" for name in sorted(self.__dict__))

    __str__ = f_ann_to_str


def _named(name: str | int) -> str:
    if isinstance(name, int):
        return f"annotation_{name}" if name else "annotation"
    return name
