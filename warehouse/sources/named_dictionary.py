"""Names the data dictionary in what is said of a file that is read with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected, RegistryError


@contextmanager
def named_dictionary(feed: Feed) -> Iterator[None]:
    """Turn the refusal of a dictionary into that of the file that is read with it, and name the dictionary."""
    try:
        yield
    except RegistryError as error:
        if name := feed.source.dictionary:
            raise DeliveryRejected(f"{error.message} This concerns {name}.", error.cure) from None
        raise DeliveryRejected(error.message, error.cure) from None
