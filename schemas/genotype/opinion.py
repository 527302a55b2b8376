"""What the words of a clause say of the variant in it.

Belongs here: the laboratory's own judgement, as far as words give it. What does not: the dictionary's
judgement (classify.py), which stands above it.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.genotype.sentence import Clause

# Kinds of tokens that name the change itself; beside them words that nobody knows are no matter.
CHANGES = frozenset({"protein", "coding", "triplet", "new_triplet", "residue_change", "any_change"})


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the words beside a variant say of it.

    is_doubtful   a mutation is stated without its name, beside words that the vocabulary does not know: they may
                  deny it, in a language of their own (decision 0001: the reading that states less)
    """

    says_mutated: bool
    unsure: bool
    tested: bool
    variant_class: str | None
    is_doubtful: bool = False

    @property
    def weak_class(self) -> str | None:
        """The class where it takes an accusation back: vus, benign or synonymous."""
        return None if self.variant_class == "non_hotspot_pathogenic" else self.variant_class

    @property
    def weakens(self) -> bool:
        """The words take the accusation back."""
        return self.unsure or self.is_doubtful or self.weak_class is not None


def opinion_of(clause: Clause) -> Opinion:
    """The opinion a clause holds of whatever it names."""
    classes = (
        ("synonymous", "synonymous"),
        ("benign", "benign"),
        ("vus", "vus"),
        ("pathogenic", "non_hotspot_pathogenic"),
    )
    says_mutated = clause.has("mut", "pathogenic") and not clause.is_denied and not clause.has("other_event")
    changed = any(token.kind in CHANGES for token in clause.tokens)
    return Opinion(
        says_mutated=says_mutated,
        unsure=clause.has("unsure") or (clause.has("foreign") and not clause.has("mut")),
        tested=clause.has("tested"),
        variant_class=next((name for kind, name in classes if clause.has(kind)), None),
        is_doubtful=says_mutated and not changed and clause.has("word", "foreign"),
    )
