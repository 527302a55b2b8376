"""Defines the errors that people read: what is wrong, and the one thing that cures it. Never a patient's value."""


class RegistryError(Exception):
    """Something that the user can put right; `cure` says how."""

    def __init__(self, message: str, cure: str = ""):
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".strip()


class HomeMissing(RegistryError):
    """The registry's home folder does not exist."""


class RefreshRunning(RegistryError):
    """Another process holds the build database."""


class ReleaseUnknown(RegistryError):
    """There is no release with that id."""


class ReleaseDamaged(RegistryError):
    """A release on disk differs from its manifest, or its manifest cannot be read."""


class ShareLogDamaged(RegistryError):
    """The log of what was shared does not match its own hashes, so what left before is not known."""


class ShareRefused(RegistryError):
    """What was asked for must not leave, since a small group could be computed from it."""


class ArchiveDamaged(RegistryError):
    """A file of the archive is missing or differs from what was written."""


class QueryFailed(RegistryError):
    """The SQL could not be run."""


class DefinitionRefused(RegistryError):
    """A proposed definition of an endpoint is not valid."""


class DeliveryRejected(RegistryError):
    """A file cannot become a delivery; the reason is recorded in meta.loads."""


class RejectedBefore(DeliveryRejected):
    """A file that was rejected and is no longer kept; the message is its recorded reason, cure included."""


class BeyondHeader(DeliveryRejected):
    """A row of the file is wider than its first: the first may be a title with the header below it."""


class FileChanged(RegistryError):
    """A file changed while it was being read: somebody is still writing it."""


class FileYoung(RegistryError):
    """A file changed a moment ago: somebody may still be writing it."""


class NotWhole(RegistryError):
    """A folder that is one delivery lacks a file that it says it has; it is not archived yet."""


class NoDictionary(RegistryError):
    """A file that site.toml names as a dictionary is none; it is not archived."""


class RowsUnknown(RegistryError):
    """It is not known whose rows a new file holds, and the site has erased patients."""


class PlaceUnreachable(RegistryError):
    """A place of files answers no longer: what else is asked of it would fail too."""


class GateRefused(RegistryError):
    """A gate refused the release of the tables."""
