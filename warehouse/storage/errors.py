"""Errors that a person reads: what is wrong, and the one thing that cures it. Never a patient's value."""


class RegistryError(Exception):
    """Something is wrong that the user can cure; `cure` says how."""

    def __init__(self, message: str, cure: str = ""):
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".strip()


class HomeMissing(RegistryError):
    """The registry's home folder is not there."""


class RefreshRunning(RegistryError):
    """Another process holds the build database."""


class ReleaseUnknown(RegistryError):
    """No release of that id."""


class ReleaseDamaged(RegistryError):
    """A release on disk is not what its manifest says, or its manifest cannot be read."""


class ArchiveDamaged(RegistryError):
    """A file of the archive is not what was once written there."""


class QueryFailed(RegistryError):
    """The SQL could not be run."""


class DefinitionRefused(RegistryError):
    """A proposed definition of an endpoint that cannot be one."""


class DeliveryRejected(RegistryError):
    """A file that cannot become a delivery; the reason is kept in meta.loads."""


class BeyondHeader(DeliveryRejected):
    """A row of the file is wider than its first: perhaps the first is a title, and the header stands below."""


class FileChanged(RegistryError):
    """A file changed while it was read: somebody is still writing it."""


class FileYoung(RegistryError):
    """A file changed a moment ago: somebody may still be writing it."""


class GateRefused(RegistryError):
    """A gate found the tables unfit for release."""
