"""What counts as a redelivery: open queries, and acknowledgements that a dying session leaves in doubt."""

from gateway.core.duplicates import Duplicates


def test_a_message_is_a_duplicate_while_its_query_is_open() -> None:
    duplicates = Duplicates()
    assert duplicates.match("f", 0.0) is None
    duplicates.opened("f", 7)
    assert duplicates.match("f", 1.0) == 7
    duplicates.closed("f")
    assert duplicates.match("f", 2.0) is None


def test_the_same_text_on_a_healthy_session_after_its_answer_is_a_new_query() -> None:
    duplicates = Duplicates()
    duplicates.opened("f", 7)
    duplicates.acknowledged(1, "f", 7, 0.0)
    duplicates.closed("f")
    assert duplicates.match("f", 5.0) is None


def test_an_acknowledgement_is_in_doubt_for_the_window_after_its_session_died() -> None:
    duplicates = Duplicates(window_seconds=60.0, doubt_seconds=10.0)
    duplicates.acknowledged(1, "f", 7, 100.0)
    duplicates.session_lost(1, 105.0)
    assert duplicates.match("f", 165.0) == 7
    assert duplicates.match("f", 165.1) is None


def test_an_acknowledgement_long_before_the_loss_is_not_in_doubt() -> None:
    duplicates = Duplicates(doubt_seconds=10.0)
    duplicates.acknowledged(1, "old", 1, 100.0)
    duplicates.acknowledged(1, "new", 2, 120.0)
    duplicates.session_lost(1, 121.0)
    assert duplicates.match("old", 122.0) is None
    assert duplicates.match("new", 122.0) == 2


def test_the_last_acknowledgement_before_a_silence_is_in_doubt_however_late_the_silence_is_noticed() -> None:
    duplicates = Duplicates(silence_seconds=45.0)
    duplicates.acknowledged(1, "f", 7, 100.0)
    duplicates.session_lost(1, 140.5)  # enquire_link unanswered: the peer had stopped reading
    assert duplicates.match("f", 141.0) == 7
    duplicates.acknowledged(2, "g", 8, 100.0)
    duplicates.session_lost(2, 145.5)
    assert duplicates.match("g", 146.0) is None


def test_the_loss_of_one_session_says_nothing_about_another() -> None:
    duplicates = Duplicates()
    duplicates.acknowledged(1, "f", 7, 100.0)
    duplicates.session_lost(2, 101.0)
    assert duplicates.match("f", 101.0) is None


def test_after_a_restart_all_recent_acknowledgements_are_in_doubt() -> None:
    duplicates = Duplicates(window_seconds=60.0)
    duplicates.doubt("f", 7, 100.0)
    assert duplicates.match("f", 101.0) == 7


def test_doubt_that_is_over_is_forgotten_at_the_next_loss() -> None:
    duplicates = Duplicates(window_seconds=60.0)
    duplicates.doubt("f", 7, 100.0)
    duplicates.session_lost(1, 200.0)
    assert duplicates.match("f", 150.0) is None
