"""Sums over many units from a few nodes.

A sum Σ f(x_i) costs N evaluations of f. Where f is smooth, the polynomial through its values at K
nodes y_k stands in for it, and the sum is Σ w_k·f(y_k) for every such f: the weights follow from K
moments of the units, taken once, in O(N·K) additions and multiplications. The nodes are
Chebyshev's, so the error falls geometrically with K, and the polynomial's last quarter of
coefficients tells how large it still is: K is doubled until they are small.

The functions summed here vanish at x = 0 and 1. What is interpolated is f/(x(1−x)), and the moments
are weighted with x(1−x), so that errors are relative to Σx(1−x), however many units lie near 0.

Source: Trefethen (2019), Approximation theory and approximation practice, chapters 4, 8 and 19.
"""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev

FloatArray = npt.NDArray[np.float64]

FEW = 512  # so many units stand for themselves: nothing would be gained
FIRST, LAST = 8, 512  # numbers of nodes
_CHUNK = 8192  # units at a time: their work arrays then fit the processor's cache
_ROUNDING = 1e-14


class Units:
    """Units that stand for themselves: every sum is taken over all of them.

    Attributes:
        nodes: y, shape (K,); here the units' x, and K = N.
        weights: w, shape (K,).
        total: Σ x_i.
    """

    nodes: FloatArray
    weights: FloatArray
    total: float

    def __init__(self, x: FloatArray) -> None:
        self.nodes, self.weights, self.total = x, np.ones(x.shape), float(x.sum())

    def error(self, values: FloatArray) -> FloatArray:
        """About how far `spread` is off, shape (...), for values at the nodes, shape (..., K)."""
        return np.zeros(values.shape[:-1])

    def sum_error(self, values: FloatArray) -> FloatArray:
        """About how far Σ f is off, likewise."""
        return self.error(values)

    def spread(self, values: FloatArray) -> FloatArray:
        """A smooth function at every unit, shape (N,), from its values at the nodes, (K,)."""
        return values


class Nodes(Units):
    """Chebyshev nodes between the smallest and the largest x, all inside (0, 1)."""

    def __init__(self, x: FloatArray, count: int) -> None:
        low, high = float(x.min()), float(x.max())
        self._x, self._middle = x, (low + high) / 2
        # Units that are all alike get nodes around them.
        self._half = (high - low) / 2 or self._middle * (1 - self._middle) / 2
        angles = (np.arange(count) + 0.5) * (math.pi / count)
        self._basis = np.cos(np.arange(count)[:, None] * angles) * (2 / count)
        self._basis[0] /= 2
        self._last = self._basis[-(count // 4) :]
        self.nodes = self._middle + self._half * np.cos(angles)
        self._density = self.nodes * (1 - self.nodes)
        self._moments = self._sums(count)
        self.weights = self._moments @ self._basis / self._density
        self.total = float(x.sum())

    def error(self, values: FloatArray) -> FloatArray:
        return np.asarray(np.abs(values @ self._last.T).max(axis=-1))

    def sum_error(self, values: FloatArray) -> FloatArray:
        return np.asarray(self.error(values / self._density) * self._moments[0])

    def spread(self, values: FloatArray) -> FloatArray:
        coefficients = chebyshev.chebtrim(self._basis @ values, _ROUNDING)
        found = np.empty(self._x.shape)
        for part in self._parts():
            found[part] = chebyshev.chebval(self._scaled(part), coefficients)
        return found

    def _sums(self, count: int) -> FloatArray:
        """Σ x(1−x)·T_j(scaled x) for j < count; T_{i+j} = 2·T_i·T_j − T_{i−j} saves half of the T."""
        sums = np.zeros(count)
        for part in self._parts():
            x, scaled = self._x[part], self._scaled(part)
            before = np.sqrt(x * (1 - x))
            now = scaled * before
            scaled *= 2
            for j in range(0, count, 2):
                sums[j] += before @ before
                sums[j + 1] += before @ now
                before, now = now, scaled * now - before
        sums[2::2] = 2 * sums[2::2] - sums[0]
        sums[3::2] = 2 * sums[3::2] - sums[1]
        return sums

    def _scaled(self, part: slice) -> FloatArray:
        return (self._x[part] - self._middle) / self._half

    def _parts(self) -> Iterator[slice]:
        return (slice(start, start + _CHUNK) for start in range(0, self._x.size, _CHUNK))


def rules(x: FloatArray) -> Iterator[Units]:
    """Ever more nodes for units with x in (0, 1), shape (N,); at last the units themselves."""
    count = FIRST
    while x.size > max(FEW, 2 * count) and count <= LAST:
        yield Nodes(x, count)
        count *= 2
    yield Units(x)
