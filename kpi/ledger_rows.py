"""Codes of holders, statuses and endings, and rows that grow: what the arrays of many reports are made of."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpi.ledger_law import Codes
from kpi.stages import ENDINGS, HOLDERS, STATUSES

HOLDER = {word: code for code, word in enumerate(HOLDERS)}
STATUS = {word: code for code, word in enumerate(STATUSES)}
ENDING = {word: code for code, word in enumerate(ENDINGS)}
IOC, LEAD, LEADER, COORDINATING, SENDER, PROVINCE = (HOLDER[word] for word in HOLDERS[1:])
OPEN, DONE = STATUS["open"], STATUS["done"]
NOBODY = 0
"""Unit code of the sender, the province, and of nobody."""


class Rows:
    """Rows that grow: one NumPy array per column, filled with its default until set."""

    def __init__(self, capacity: int, **columns: tuple[str, int]) -> None:
        self.count = 0
        self.names = tuple(columns)
        self._defaults = {name: default for name, (_, default) in columns.items()}
        self._arrays = {name: np.full(capacity, default, dtype) for name, (dtype, default) in columns.items()}

    def add(self, n: int, **values: Any) -> Codes:
        """Append n rows; returns their places."""
        first, self.count = self.count, self.count + n
        if self.count > len(next(iter(self._arrays.values()))):
            for name, array in self._arrays.items():
                more = np.full(max(len(array), n), self._defaults[name], array.dtype)
                self._arrays[name] = np.concatenate([array, more])
        for name, value in values.items():
            self._arrays[name][first : self.count] = value
        return np.arange(first, self.count)

    def __getitem__(self, name: str) -> NDArray:
        """The column, as long as it may grow; valid until the next `add`."""
        return self._arrays[name]

    def column(self, name: str) -> NDArray:
        """The column's rows."""
        return self._arrays[name][: self.count]
