"""Encrypted code files: whole or refused, and for one key only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.registry.codes.sealing import CHUNK_OCTETS, public_half, seal, unseal
from gateway.registry.faults import RequestFault

PRIVATE, OTHER = bytes(range(32)), bytes(range(1, 33))
PUBLIC = public_half(PRIVATE)


def opened(sealed: list[bytes], private_key: bytes = PRIVATE) -> bytes:
    return b"".join(unseal(private_key, sealed))


@given(st.lists(st.binary(max_size=50)), st.integers(1, 200))
def test_any_content_opens_however_it_is_cut(pieces: list[bytes], size: int) -> None:
    sealed = b"".join(seal(PUBLIC, pieces))
    assert opened([sealed[at : at + size] for at in range(0, len(sealed), size)]) == b"".join(pieces)


@pytest.mark.parametrize("octets", [0, 1, CHUNK_OCTETS - 1, CHUNK_OCTETS, CHUNK_OCTETS + 1, 3 * CHUNK_OCTETS])
def test_content_at_the_edges_of_a_chunk_opens(octets: int) -> None:
    content = bytes(octets)
    assert opened([b"".join(seal(PUBLIC, [content]))]) == content


def test_nothing_of_the_content_can_be_read() -> None:
    assert b"81234561234567891234" not in b"".join(seal(PUBLIC, [b"81234561234567891234\n" * 10]))


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(RequestFault, match="another key"):
        opened(list(seal(PUBLIC, [b"codes"])), OTHER)


def test_a_file_cut_short_or_with_chunks_exchanged_is_refused() -> None:
    head, first, second, last = seal(PUBLIC, [bytes(CHUNK_OCTETS), b"\1" * CHUNK_OCTETS, b"rest"])
    for damaged in ([head, first, second], [head, second, first, last], [head, first, last], [head]):
        with pytest.raises(RequestFault, match="damaged or cut short"):
            opened(damaged)


@pytest.mark.parametrize("octets", [b"", b"ZMCF\x01short", b"code\n" * 20])
def test_something_else_is_no_code_file(octets: bytes) -> None:
    with pytest.raises(RequestFault, match="no code file"):
        opened([octets])


def test_an_operators_key_that_is_none_is_refused() -> None:
    with pytest.raises(RequestFault, match="no X25519"):
        list(seal(bytes(32), [b"codes"]))
