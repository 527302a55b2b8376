"""Restores numbers that SAS stored in fewer than eight bytes: 29.9 in four bytes is 29.899999618530273.

SAS cuts off the last bytes, so the number was at least as large as what is stored, without regard to the sign, and less
than the next number that the bytes can hold. Of all these it is taken to be the one with the fewest decimals.
"""

from collections.abc import Callable

BYTES = 8
FEWEST_BYTES = 3
"""Numbers of two bytes, which SAS allows on mainframes, are read as missing (pyreadstat 1.3.7, transport files)."""
MOST_DECIMALS = 20
Step = Callable[[str, int], str]


def step_in_file(value: str, n_bytes: int) -> str:
    """Give SQL of the distance to the next number in a .sas7bdat: sign and exponent take 12 bits, to the base 2."""
    return f"pow(2.0, {_exponent(value)} - {8 * n_bytes - 12})"


def step_in_transport(value: str, n_bytes: int) -> str:
    """Give SQL of the distance to the next number in a .xpt: sign and exponent take 8 bits, to the base 16."""
    return f"pow(2.0, 4 * floor({_exponent(value)} / 4) + 4 - {8 * n_bytes - 8})"


def exact_below(n_bytes: int, step: Step) -> int:
    """Return the whole number from which on not every whole number can be stored in so few bytes."""
    return 1 << (8 * n_bytes - 11 if step is step_in_file else 8 * n_bytes - 8)


def restored(value: str, n_bytes: int, step: Step) -> str:
    """Give SQL of the number that was stored, by SQL of what its bytes hold."""
    size = f"abs({value})"
    end = f"({size} + {step(size, n_bytes)})"
    decimals = [f"(ceil({size} * 1e{n}) / 1e{n})" for n in range(MOST_DECIMALS + 1)]
    tries = " ".join(f"WHEN {one} >= {size} AND {one} < {end} THEN sign({value}) * {one}" for one in decimals)
    return f"(CASE WHEN {value} = floor({value}) OR NOT isfinite({value}) THEN {value} {tries} ELSE {value} END)"


def _exponent(size: str) -> str:
    """Give SQL of the largest whole e for which 2 to the e is not above a positive number."""
    guess = f"floor(log2(nullif({size}, 0)))"
    return f"({guess} - (pow(2.0, {guess}) > {size})::INTEGER + (pow(2.0, {guess} + 1) <= {size})::INTEGER)"
