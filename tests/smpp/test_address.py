from smpp.address import Address


def test_a_subscribers_number_is_hidden_in_repr_and_str() -> None:
    address = Address("8613812341234", 1, 1)
    assert "8613812341234" not in repr(address) + str(address)
    assert str(address) == "861****1234"
    assert repr(address) == "Address('861****1234', ton=1, npi=1)"


def test_a_service_number_is_shown() -> None:
    assert str(Address("95001111", 3, 1)) == "95001111"
