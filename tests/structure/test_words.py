"""Tests that no file mentions where packages come from or where somebody's machine keeps things."""

import re

from tests.structure.checkout import ROOT, files, name_of

TEXT = (".py", ".sql", ".md", ".toml", ".yaml", ".yml", ".lock", ".csv", ".json", ".html", ".css", ".txt", "")
HOSTS = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("conda", "anaconda", "org"))]
INDEX_LINE = re.compile(r"^\s*(?:-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)(?:\s|=)", re.M)
MACHINE_PATH = re.compile(r"(?<![\w.$}/])/(?:home|root|Users|work|tmp|mnt|private)/[\w.-]+")
LOCKS = ("requirements.lock", "requirements-test.lock")


def _texts():
    return [(name_of(p), p.read_text(encoding="utf-8")) for p in files(*TEXT)]


def test_no_file_names_a_package_registry() -> None:
    """No file names a package registry's host, and none has an index line: whoever installs says where from."""
    assert [(name, host) for name, text in _texts() for host in HOSTS if host in text] == []
    assert [name for name, text in _texts() if INDEX_LINE.search(text)] == []


def test_no_file_names_a_machine_path() -> None:
    """No file holds an absolute path of somebody's machine."""
    assert [(name, found[0]) for name, text in _texts() if (found := MACHINE_PATH.search(text))] == []


def test_locks_pin_with_hashes() -> None:
    """Every requirement of both locks is pinned to one version and followed by its hashes; none is an address."""
    for lock in LOCKS:
        text = (ROOT / lock).read_text(encoding="utf-8")
        blocks = re.split(r"\n(?=\S)", text.strip())
        requirements = [b for b in blocks if not b.startswith("#")]
        assert len(requirements) > 50
        for block in requirements:
            assert re.match(r"[\w.\[\],-]+==\S+", block), block.splitlines()[0]
            assert "--hash=sha256:" in block, block.splitlines()[0]
            assert "://" not in block, block.splitlines()[0]


def test_test_lock_agrees_with_lock() -> None:
    """What both locks name, they pin alike, so that tests run on what users run."""
    pins = [dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text(encoding="utf-8"), re.M)) for lock in LOCKS]
    assert {name: version for name, version in pins[0].items() if pins[1].get(name) != version} == {}
