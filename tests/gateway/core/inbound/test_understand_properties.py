"""What holds of every code and every text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.codes import is_code
from gateway.core.inbound import MAX_CODES, understand
from gateway.core.query import Intent, Understanding

_SEPARATORS = [*" -–—－−·.,/，。、_:：;\t\n　‑", " - ", ", ", "\r\n", "\u200b", "", "\u00a0"]
_SCRIPTS = [
    "0123456789",
    "０１２３４５６７８９",
    "〇一二三四五六七八九",
    "零幺两三四五六七八九",
    "零壹贰叁肆伍陆柒捌玖",
    "٠١٢٣٤٥٦٧٨٩",
    "⓪①②③④⑤⑥⑦⑧⑨",
    "Ol23456789",
    "oI23456789",
]
_BEFORE = [
    "",
    "查询",
    "CX",
    "CX#",
    "cx: ",
    "监管码:",
    "防伪码",
    "请帮我查一下",
    "please check ",
    "生产日期20080501 ",
    "👍",
    "￥12.50 ",
]
_AFTER = ["", "谢谢", " 谢谢", "#", "？", " thanks", " 13812345678", "\n2008-05-01", "，500ml", "👍"]
codes = st.one_of(
    st.from_regex(r"8[0-9]{19}", fullmatch=True),
    st.from_regex(r"[2-9][0-9]{15}", fullmatch=True),
)
_GROUPS = {20: [(4,) * 5, (7, 9, 4), (5,) * 4, (10, 10), (20,), (16, 4)], 16: [(4,) * 4, (16,), (7, 9)]}


@st.composite
def dressed_codes(draw: st.DrawFn) -> tuple[str, str]:
    code = draw(codes)
    script = draw(st.sampled_from(_SCRIPTS))
    separator = draw(st.sampled_from(_SEPARATORS))
    groups, at = [], 0
    for size in draw(st.sampled_from(_GROUPS[len(code)])):
        groups.append("".join(script[int(digit)] for digit in code[at : at + size]))
        at += size
    return code, draw(st.sampled_from(_BEFORE)) + separator.join(groups) + draw(st.sampled_from(_AFTER))


@given(dressed_codes())
def test_any_code_in_any_dress_is_found(pair: tuple[str, str]) -> None:
    code, text = pair
    assert understand(text).codes == (code,)


@given(codes, st.sampled_from(_SCRIPTS[:7]), st.sampled_from(_BEFORE), st.sampled_from(_AFTER))
def test_any_unbroken_code_in_any_script_is_found(code: str, script: str, before: str, after: str) -> None:
    text = before + " " + "".join(script[int(digit)] for digit in code) + " " + after
    assert understand(text).codes == (code,)


_INNOCENT = (
    "13812345678|20080501|2008-05-01|12.50|￥88.00|500ml|0591-87654321|6901234567892|10:21|86901234567890"
    "|8元|3瓶|你好|酒|thanks|12315|2008年5月1日|批号A080501|110101199003071234"
)
_innocent = st.sampled_from(_INNOCENT.split("|"))


@given(st.lists(_innocent, min_size=1, max_size=8), st.sampled_from([" ", ",", "，", "\n", "; ", " / "]))
def test_numbers_beside_each_other_never_make_a_code(parts: list[str], separator: str) -> None:
    assert understand(separator.join(parts)).codes == ()


_alphabet = "0123456789８八一零 -.,/?*xXOolI|\n码查\u200b①￥年"


@given(st.text(st.sampled_from(_alphabet), max_size=80) | st.text(max_size=60))
def test_any_text_is_understood_into_a_consistent_value(text: str) -> None:
    said = understand(text)
    assert isinstance(said, Understanding)
    assert all(is_code(code) for code in said.codes)
    assert len(set(said.codes)) == len(said.codes) <= MAX_CODES
    assert (said.intent is Intent.ERROR) == (said.error is not None)
    assert bool(said.codes) or said.intent is not Intent.VERIFY


@given(st.text("ab你好 ,.，。!", max_size=40))
def test_a_text_without_digits_has_no_code(text: str) -> None:
    assert understand(text).codes == ()
