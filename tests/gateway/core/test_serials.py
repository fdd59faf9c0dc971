"""FF1 against the sample vectors of NIST SP 800-38G, against another implementation, and as a permutation."""

import string

import ffx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.serials import FF1, SERIAL_COUNT, serial_permutation

KEY = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94")
SHORT_TWEAK = bytes.fromhex("39383736353433323130")
LONG_TWEAK = bytes.fromhex("3737373770717273373737")
NUMERALS = string.digits + string.ascii_lowercase

# NIST, "FF1 samples" (SP 800-38G, Appendix A refers to them): key octets, radix, tweak, plain text, cipher text.
SAMPLES = [
    (16, 10, b"", "0123456789", "2433477484"),
    (16, 10, SHORT_TWEAK, "0123456789", "6124200773"),
    (16, 36, LONG_TWEAK, "0123456789abcdefghi", "a9tv40mll9kdu509eum"),
    (24, 10, b"", "0123456789", "2830668132"),
    (24, 10, SHORT_TWEAK, "0123456789", "2496655549"),
    (24, 36, LONG_TWEAK, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"),
    (32, 10, b"", "0123456789", "6657667009"),
    (32, 10, SHORT_TWEAK, "0123456789", "1001623463"),
    (32, 36, LONG_TWEAK, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
]

positions = st.integers(0, SERIAL_COUNT - 1)


def numerals(number: int, radix: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, radix)
        digits = NUMERALS[digit] + digits
    return digits


@pytest.mark.parametrize(("octets", "radix", "tweak", "plain", "cipher"), SAMPLES)
def test_ff1_gives_the_published_samples(octets: int, radix: int, tweak: bytes, plain: str, cipher: str) -> None:
    ff1 = FF1(KEY[:octets], radix, len(plain), tweak)
    assert numerals(ff1.encrypt([int(plain, radix)])[0], radix, len(plain)) == cipher
    assert numerals(ff1.decrypt([int(cipher, radix)])[0], radix, len(plain)) == plain


@given(st.binary(min_size=16, max_size=16), st.integers(2, 36), st.data())
def test_ff1_agrees_with_another_implementation(key: bytes, radix: int, data: st.DataObject) -> None:
    tweak = data.draw(st.binary(max_size=40))
    shortest = next(n for n in range(1, 30) if radix**n >= 1_000_000)
    length = data.draw(st.integers(shortest, shortest + 6))
    plain = data.draw(st.integers(0, radix**length - 1))
    cipher = numerals(FF1(key, radix, length, tweak).encrypt([plain])[0], radix, length)
    assert cipher == ffx.FF1(key, radix=radix).encrypt(numerals(plain, radix, length), tweak=tweak)


@given(st.binary(min_size=32, max_size=32), st.lists(positions, min_size=1, max_size=300))
def test_many_numbers_go_there_and_back(key: bytes, numbers: list[int]) -> None:
    permutation = serial_permutation(key, "8123456")
    serials = permutation.encrypt(numbers)
    assert permutation.decrypt(serials) == numbers
    assert len(set(serials)) == len(set(numbers))
    assert all(0 <= serial < SERIAL_COUNT for serial in serials)


def test_two_products_on_one_key_have_different_serials() -> None:
    one, other = (serial_permutation(KEY, resource_code) for resource_code in ("8123456", "8123457"))
    assert one.encrypt(range(50)) != other.encrypt(range(50))


@pytest.mark.parametrize("number", [-1, SERIAL_COUNT])
def test_a_number_outside_the_domain_is_refused(number: int) -> None:
    permutation = serial_permutation(KEY, "8123456")
    with pytest.raises(ValueError, match="0 to 999999999"):
        permutation.encrypt([1, number])
    with pytest.raises(ValueError, match="0 to 999999999"):
        permutation.decrypt([number])


def test_no_numbers_have_no_images() -> None:
    assert serial_permutation(KEY, "8123456").encrypt([]) == []


def test_a_domain_below_a_million_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1000000"):
        FF1(KEY, 10, 5)


def test_a_half_beyond_one_block_is_refused() -> None:
    with pytest.raises(ValueError, match="more than one block"):
        FF1(KEY, 36, 40)
