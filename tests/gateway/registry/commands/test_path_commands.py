"""From sign-up to recall on the command line."""

from __future__ import annotations

from gateway.core.registration import CodeState
from tests.gateway.registry.commands.desk import LOT, Desk


def test_codes_go_from_application_to_recall(desk: Desk, product: str) -> None:
    number, codes = desk.issued(product, 600)
    assert desk.states(codes[0], codes[-1]) == [CodeState.ISSUED] * 2
    assert "printed" in desk.step("activate", "--application", number, *LOT, status=69)
    desk.step("printed", "--application", number)
    desk.step("activate", "--from", codes[100], "--to", codes[299], *LOT, "--region", "350100")
    desk.step("ship", "--from", codes[100], "--to", codes[149], "--region", "330000")
    desk.step("recall", "--from", codes[100], "--to", codes[199], "--tell", "抽检不合格")
    desk.step("expire", "--code", codes[250])
    desk.step("cancel", "--code", codes[400], "--tell", "标签被盗")
    assert [state.value for state in desk.states(*(codes[at] for at in (99, 100, 199, 200, 250, 400, 401)))] == [
        "printed", "recalled", "recalled", "activated", "expired", "cancelled", "printed"
    ]  # fmt: skip


def test_a_case_is_packed_and_recalled_with_what_it_holds(desk: Desk, product: str) -> None:
    units, codes = desk.issued(product, 20)
    cases, case_codes = desk.issued(product, 2, level=3)
    for number in (units, cases):
        desk.step("printed", "--application", number)
    desk.step("pack", "--parent", case_codes[0], "--from", codes[0], "--to", codes[9])
    desk.step("activate", "--code", case_codes[0], *LOT)
    desk.step("recall", "--code", case_codes[0])
    assert [state.value for state in desk.states(case_codes[0], codes[0], codes[9], codes[10])] == [
        "recalled", "recalled", "recalled", "printed"
    ]  # fmt: skip


def test_what_is_not_allowed_is_refused_with_the_reason(desk: Desk, product: str) -> None:
    number = desk.step("apply", "--product", product, "--quantity", "5", by="玉泉")
    assert "cannot approve" in desk.step("approve", "--application", number, by="玉泉", status=69)
    assert "issue them first" in desk.step("printed", "--application", number, status=69)
    assert "issued first" in desk.step(
        "deliver", "--application", number, "--output", str(desk.folder / "none"), status=69
    )
    assert desk.step("approve", "--application", number, "--two-person-limit", "1") == "one more person must approve"
    desk.step("refuse", "--application", number)
    for words in ((), ("--from", "1" * 20), ("--code", "1" * 20, "--application", "1")):
        assert "say which codes" in desk.step("printed", *words, status=69)
    for code in ("1" * 20, f"{product}0000000000000", "12"):
        assert "not on record" in desk.step("printed", "--code", code, status=69)


def test_nothing_is_delivered_to_a_revoked_key(desk: Desk, product: str) -> None:
    number, _ = desk.issued(product, 5)
    desk.step("revoke-operator-key", "--enterprise", "1", "--version", "1")
    output = desk.folder / "again"
    assert "no key in force" in desk.step("deliver", "--application", number, "--output", str(output), status=69)
    assert not output.exists()


def test_keys_are_renewed_and_rewrapped_under_codes_in_use(desk: Desk, product: str) -> None:
    _, codes = desk.issued(product, 5)
    assert desk.step("renew-check-key", "--product", product) == "version 2"
    desk.write("master", f"1 {bytes(range(32)).hex()}\n2 {bytes(32).hex()}\n")
    desk.step("rewrap-keys")
    desk.write("master", f"2 {bytes(32).hex()}\n")
    _, newer = desk.issued(product, 5)
    assert desk.states(codes[0], newer[0]) == [CodeState.ISSUED] * 2
