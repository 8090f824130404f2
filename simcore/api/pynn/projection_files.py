"""Files of a projection: weights alone, and connections that FromFileConnector reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from simcore.api.pynn.errors import InvalidParameterValueError


class ProjectionFiles:
    """printWeights, saveConnections."""

    def printWeights(self, filename: str, format: str = "list", gather: bool = True) -> None:
        """Write the weights as text: "list" one a line, "array" a row for each source cell, 0 where nothing is connected.

        gather=False: under MPI a file `filename.<rank>` of each rank. Collective.
        """
        weights = self.getWeights(format, gather)
        rows = np.nan_to_num(weights) if format == "array" else np.asarray(weights).reshape(-1, 1)
        self._write(filename, gather, ["\t".join(map(repr, row)) for row in rows.tolist()])

    def saveConnections(self, filename: str, gather: bool = True, compatible_output: bool = True) -> None:
        """Write a line `label[address]⇥label[address]⇥weight⇥delay` for each connection, with all digits.

        compatible_output=False: global ids instead, which FromFileConnector would take for indices. gather=False: under MPI
        a file `filename.<rank>` of each rank. Collective.
        """
        pre, post, weight = self._columns(self.local().weight, gather)
        delay = self._columns(np.round(self.local().delay, 9), gather)[2]
        names = [self._names(self.pre, pre, compatible_output), self._names(self.post, post, compatible_output)]
        rows = zip(*names, map(repr, weight.tolist()), map(repr, delay.tolist()), strict=True)
        self._write(filename, gather, ["\t".join(row) for row in rows])

    def save(self, attribute_names: str = "all", file: str = "", format: str = "list", gather: bool = True) -> None:
        """As in later PyNN: "all" or "connections" as saveConnections, "weight" as printWeights."""
        if attribute_names in ("all", "connections"):
            self.saveConnections(file, gather)
        elif attribute_names in ("weight", "weights"):
            self.printWeights(file, format, gather)
        else:
            raise InvalidParameterValueError(f"can save 'all' or 'weight', got {attribute_names!r}", name="attribute_names",
                                             got=attribute_names)

    def _names(self, group: object, addresses: np.ndarray, compatible: bool) -> list[str]:
        if not compatible:
            return (addresses.astype(np.int64) + group.native.first_gid).astype(str).tolist()
        label = group.label.replace("\t", " ")
        index = np.zeros(group.native.size, dtype=np.int64)
        index[group.indices] = np.arange(group.size)
        columns = np.unravel_index(index[addresses], group.dim)
        return [f"{label}[{', '.join(map(str, address))}]" for address in zip(*(c.tolist() for c in columns), strict=True)]

    def _write(self, filename: str, gather: bool, lines: list[str]) -> None:
        world = self._world
        if gather and world.rank:
            return
        path = Path(filename if gather or world.comm is None else f"{filename}.{world.rank}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
