"""Pure functions that draw unannounced visits: scores in, a provable roster out.

Nothing here knows Django, a database, the clock or global randomness; secrets and dates are
arguments. `docs/algorithms/` defines every result to the byte.
"""

__version__ = "0.1.0"
