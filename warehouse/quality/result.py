"""Defines the result of one rule: on all rows of a table, or on those of one site."""

from dataclasses import dataclass

from schemas.rule import Rule


@dataclass(frozen=True)
class Result:
    """The result of one rule on one table; `aspect` separates the results of a rule that checks several things.

    `site` is empty for all sites together. `allowed_pct` is the threshold if it is another than the rule's own.
    """

    rule: Rule
    table: str
    n_violations: int | None
    n_rows: int | None
    aspect: str = ""
    note: str = ""
    site: str = ""
    allowed_pct: float | None = None

    @property
    def threshold_pct(self) -> float:
        """The percentage of rows that may break the rule."""
        return self.rule.threshold_pct if self.allowed_pct is None else self.allowed_pct

    @property
    def status(self) -> str:
        """passed, failed, not applicable (nothing to check) or error (could not be judged)."""
        if self.n_rows is None or self.n_violations is None:
            return "error"
        if self.n_rows == 0:
            return "not applicable"
        return "failed" if 100 * self.n_violations > self.threshold_pct * self.n_rows else "passed"

    @property
    def pct(self) -> float | None:
        """Violations as a percentage of the rows."""
        return 100 * self.n_violations / self.n_rows if self.n_rows and self.n_violations is not None else None
