"""Carriers' files: whatever they call their columns, and whatever is in them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.records.reconciliation.spans import Span, day_called, span_called
from gateway.records.reconciliation.statement import MessageList, StatementFault, Totals, decoded, read_statement

MAY = span_called("2026-05")
FIRST = day_called("2026-05-01")


def read(text: str, **chosen: str) -> Totals | MessageList:
    return read_statement(text, MAY.first_day, MAY.last_day, chosen)


@pytest.mark.parametrize(
    "text",
    [
        "日期,上行,下行受理\n2026-05-01,10,9\n",
        "\ufeff日期,上行 (条),下行受理\n2026-05-01,10,9\n".replace(" (条)", "条数"),
        "Date;MO;MT accepted\r\n20260501;10;9\r\n",
        "date\tmo_count\tMT_Accepted\n2026/5/1\t10\t9\n",
        '统计日期,上行量,下行量\n2026年5月1日,"1,0",9\n合计,10,9\n',
        "Day,MO acknowledged,Extra,MT accepted\n2026-05-01 00:00:00,4,x,4\n2026-05-01,6,x,5\n2026-06-01,1,x,1\n",
    ],
)
def test_days_are_read_under_chinese_and_english_headings(text: str) -> None:
    assert read(text.removeprefix("\ufeff")) == Totals(
        ("mo_acknowledged", "mt_accepted"), {FIRST: {"mo_acknowledged": 10, "mt_accepted": 9}}
    )


def test_a_foreign_heading_is_named_and_then_means_nothing_else() -> None:
    found = read("T,下行\n2026-05-01,7\n", day="T", segments="下行")
    assert found == Totals(("segments",), {FIRST: {"segments": 7}})


def test_messages_are_read_with_their_states_and_repetitions() -> None:
    found = read("msg_id,提交时间,状态\na1,2026-05-01,delivrd\n'-b2,,\na1,,EXPIRED\n,,\n")
    assert found == MessageList({"a1": "EXPIRED", "-b2": ""}, ("a1",))


def test_messages_of_other_days_are_left_out() -> None:
    assert read("message id,date\na1,2026-05-31\na2,2026-06-01\n") == MessageList({"a1": ""})


@pytest.mark.parametrize(
    ("text", "chosen", "fault"),
    [
        ("", {}, "no column with the day"),
        ("a,b\n1,2\n", {}, "name it with --column day=HEADING"),
        ("日期,x\n2026-05-01,2\n", {}, "name some with --column"),
        ("日期,上行\n2026-05-01,many\n", {}, "row 2: 'many' is no whole number"),
        ("日期,上行\n2026-05-01,-1\n", {}, "no whole number"),
        ("日期,上行\nMay,1\n", {}, "row 2: 'May' is no day"),
        ("日期,上行\n2026-02-30,1\n", {}, "is no day"),
        ("日期,上行\n", {"mo_refused": "拒"}, "there is no heading '拒'; there are 日期, 上行"),
        ('日期,上行\n"' + "x" * 200_000 + '",1\n', {}, "not a CSV file"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place_and_remedy(text: str, chosen: dict[str, str], fault: str) -> None:
    with pytest.raises(StatementFault) as caught:
        read(text, **chosen)
    assert fault in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encodings_of_excel_are_read(encoding: str) -> None:
    assert decoded("日期,上行".encode(encoding)) == "日期,上行"


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(StatementFault, match="CSV UTF-8"):
        decoded(b"\xff\xff\xff")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(StatementFault):
        assert isinstance(read(text), Totals | MessageList)


def test_spans_are_days_and_whole_months() -> None:
    assert span_called("2024-02") == Span(day_called("2024-02-01"), day_called("2024-02-29"))
    assert span_called("2026-05-01") == Span(FIRST, FIRST)
    for wrong in ("2026", "2026-00", "2026-5-1", ""):
        with pytest.raises(ValueError, match="write 2026-05"):
            span_called(wrong)
