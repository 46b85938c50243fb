"""Seals: what a stolen database does not give away."""

import stat

import pytest

from foundation.settings import Settings
from people.sign_in import seals


def test_what_was_sealed_is_read_again_and_never_looks_the_same(settings: Settings) -> None:
    first, second = (seals.seal(settings, b"secret", "me") for _ in range(2))
    assert first != second
    assert seals.unseal(settings, first, "me") == b"secret"


def test_the_key_lies_in_the_data_folder_for_its_owner_alone(settings: Settings) -> None:
    seals.seal(settings, b"secret", "me")
    key = settings.data / seals.FILE
    assert len(key.read_bytes()) == 32
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [path.name for path in settings.data.iterdir()] == [seals.FILE]


def test_a_setting_is_the_key_wherever_the_data_lies(settings: Settings) -> None:
    here = settings.model_copy(update={"secret_key": Settings(secret_key="k" * 32).secret_key})
    sealed = seals.seal(here, b"secret", "me")
    there = here.model_copy(update={"data": settings.data / "elsewhere"})
    assert seals.unseal(there, sealed, "me") == b"secret"
    assert not (settings.data / seals.FILE).exists()


def test_a_site_on_a_database_of_its_own_needs_the_setting(settings: Settings) -> None:
    bare = settings.model_copy(update={"demo": False, "database_url": "postgresql://db/site"})
    assert not seals.can_seal(bare)
    with pytest.raises(seals.UnsealableError):
        seals.seal(bare, b"secret", "me")
    assert seals.can_seal(
        bare.model_copy(update={"secret_key": Settings(secret_key="k" * 32).secret_key})
    )
