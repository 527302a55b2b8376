"""What opens a server of files is read from a private file or the environment, and stands nowhere else."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from tests.pulls.places.asyncssh_server import PASSWORD, serving_passwords
from tests.pulls.places.samba import IS_HERE, REASON, serving_share
from tests.pulls.places.samba import PASSWORD as SAMBA_PASSWORD
from tests.variants import quick
from tests.warehouse.kit import SITE, Kit
from warehouse.pulls.api_token import SftpSecret, server_password_of, sftp_secret_of, variable_of
from warehouse.pulls.places.sftp import SftpPlace
from warehouse.pulls.places.sftp_login import Login
from warehouse.pulls.places.smb import SmbPlace
from warehouse.pulls.places.smb_login import smb_library
from warehouse.storage.errors import RegistryError

LINE = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW"
LARGE_KEY = "\n".join(["-----BEGIN OPENSSH PRIVATE KEY-----", *[LINE] * 48, "-----END OPENSSH PRIVATE KEY-----\n"])
"""As long as a key of RSA with 4096 bits."""
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB registry@clinic"


def written(kit: Kit, text: str, mode: int = 0o600) -> None:
    """Write what opens the source `ehr` into its file."""
    path = kit.home.root / "tokens" / SITE / "ehr"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def test_a_private_key_is_read_whole(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long key comes to its end, from a file and from the environment; what is no key is a password."""
    written(kit, LARGE_KEY)
    assert sftp_secret_of(kit.home, SITE, "ehr") == SftpSecret(private_key=LARGE_KEY)
    written(kit, f"{PASSWORD}\n")
    assert sftp_secret_of(kit.home, SITE, "ehr") == SftpSecret(password=PASSWORD)
    assert server_password_of(kit.home, SITE, "ehr") == PASSWORD
    monkeypatch.setenv(variable_of(SITE, "ehr"), LARGE_KEY)
    assert sftp_secret_of(kit.home, SITE, "ehr").private_key == LARGE_KEY
    assert LINE not in repr(sftp_secret_of(kit.home, SITE, "ehr"))


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    quick(
        3,
        [
            ("a\nb", 0o600, "neither a password nor"),
            (PUBLIC, 0o600, "holds a public key"),
            (LARGE_KEY, 0o640, "chmod 600"),
            ("", 0o600, "There is no"),
        ],
    ),
)
def test_what_opens_no_server(kit: Kit, text: str, mode: int, why: str) -> None:
    """Two lines that are no key, the public half of one, a file that others can read and an empty one are refused,
    without their text.
    """
    written(kit, text, mode)
    with pytest.raises(RegistryError, match=why) as caught:
        sftp_secret_of(kit.home, SITE, "ehr")
    assert LINE not in str(caught.value)


@pytest.mark.parametrize("is_right", [True, False])
def test_no_password_in_any_log(tmp_path: Path, caplog: pytest.LogCaptureFixture, is_right: bool) -> None:
    """Neither a right nor a wrong password of SFTP is logged, by whatever library, however much it logs."""
    caplog.set_level(logging.DEBUG)
    with serving_passwords(tmp_path) as server:
        password = PASSWORD if is_right else "falsch-geraten"
        try:
            place = SftpPlace(server.login(secret=SftpSecret(password=password)), "/")
            place.listed()
            place.close()
        except RegistryError:
            assert not is_right
        assert server.passwords == [password]
    assert caplog.records and password not in caplog.text


@pytest.mark.long
@pytest.mark.skipif(not IS_HERE, reason=REASON)
@pytest.mark.parametrize("is_right", [True, False])
def test_no_password_of_smb_in_any_log(caplog: pytest.LogCaptureFixture, is_right: bool) -> None:
    """The same of SMB; what smbprotocol logs goes nowhere."""
    caplog.set_level(logging.DEBUG)
    smb_library()
    logging.getLogger("smbprotocol").addHandler(caplog.handler)
    password = SAMBA_PASSWORD if is_right else "falsch-geraten"
    with serving_share() as server:
        try:
            place = SmbPlace(server.login(password=password), "share")
            place.listed()
            place.close()
        except RegistryError:
            assert not is_right
    logging.getLogger("smbprotocol").removeHandler(caplog.handler)
    assert caplog.records and password not in caplog.text


@pytest.mark.parametrize("module", ["asyncssh", "smbclient"])
def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """Without the extra, the refusal says what to install."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(RegistryError, match=r"pip install '\.\[places\]'"):
        if module == "asyncssh":
            SftpPlace(Login("127.0.0.1", 1, "u", "SHA256:", SftpSecret("p")), "/")
        else:
            smb_library()
