"""The keyring comes out of its envelope with the passphrase, and with nothing else."""

import unicodedata

import pytest

from inspections import envelope
from inspections.errors import InvalidInput, KeyUnavailable
from inspections.sealing import keyring

PASSPHRASE = "mưa rừng chiều nay rất to"


@pytest.mark.django_db
def test_the_passphrase_opens_it_however_its_letters_are_composed() -> None:
    closed = envelope.close(keyring(), PASSPHRASE)
    decomposed = unicodedata.normalize("NFD", PASSPHRASE)
    assert decomposed != PASSPHRASE
    assert envelope.open(closed, decomposed) == keyring()
    assert envelope.open(closed.replace("\n", "\r\n  "), PASSPHRASE) == keyring()


@pytest.mark.django_db
def test_nothing_of_the_keys_can_be_read_in_it() -> None:
    ring = keyring()
    closed, again = envelope.close(ring, PASSPHRASE), envelope.close(ring, PASSPHRASE)
    assert closed != again
    assert "sealing" not in closed


@pytest.mark.django_db
def test_another_passphrase_or_an_altered_letter_opens_nothing() -> None:
    closed = envelope.close(keyring(), PASSPHRASE)
    with pytest.raises(KeyUnavailable):
        envelope.open(closed, PASSPHRASE + ".")
    place = len(closed) // 2
    altered = closed[:place] + ("A" if closed[place] != "A" else "B") + closed[place + 1 :]
    with pytest.raises(KeyUnavailable):
        envelope.open(altered, PASSPHRASE)


@pytest.mark.parametrize("document", ["", "xin chào", "AAAA", "a3ljdW9uZy1lbnZlbG9wZS0x"])
def test_something_else_is_no_envelope(document: str) -> None:
    with pytest.raises(KeyUnavailable):
        envelope.open(document, PASSPHRASE)


@pytest.mark.django_db
def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        envelope.close(keyring(), "ngắn quá")
    assert caught.value.code == "passphrase_too_short"
