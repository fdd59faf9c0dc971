"""Loaded by schemathesis: texts of the formats that the registry's description names."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

_WORDS = st.text(st.sampled_from("福清海口食品 a1-，"), min_size=1, max_size=40).filter(lambda text: text[0] != " ")
schemathesis.openapi.format("words", _WORDS)
schemathesis.openapi.format("words-or-nothing", st.just("") | _WORDS)
