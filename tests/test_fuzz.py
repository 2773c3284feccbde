"""The targets of `make fuzz`, with inputs that Hypothesis draws and with those that once failed."""

import pytest
from fuzz import folders
from fuzz.targets import FINDINGS, TARGETS
from hypothesis import given, settings
from hypothesis import strategies as st

EXAMPLES = 20_000 if settings.get_current_profile_name() == "long" else 60

# Parts of texts that the code treats in some special way, beside letters, spaces and any text.
PARTS = [
    *"aZıİßéẞ15我猫กは한ñ.!?。！？…,;:'\"“”‘’«»()[]{}<>/&%#@$_-–`▁\t\n\r \u3000",
    *"\0\x1f\x7f\x85\xad\u0301\u0307\u0327\u200b\u200c\u200d\u200e\u2028\u2060\ufe0f\ufeff",
    *"\ue000\ue001\ue100\ue108\uf8ff\ufb01\uff21ﾊﾞｶ\u1160\u3164🙂🏴\U000e0067\U000e007f👨👩🏽",
    *("the cat", "Tom", "Dr. ", "1.5", "5 %", "http://a.bc/d", "x@y.com", "{name}", "<b>", "</b>"),
    *("<br/>", "&amp;", "U.S.", " I ", "“The cat.” ", "3. ", "\r\n", "\udcff", "\ud800"),
]
TEXTS = st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=3)), max_size=30).map("".join)
CONTENTS = st.one_of(
    st.binary(max_size=100),
    TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.tuples(st.binary(min_size=4, max_size=4), TEXTS).map(
        lambda each: each[0] + each[1].encode("utf-8", "surrogatepass")
    ),
)


@pytest.fixture(scope="module", autouse=True)
def model(copy_model):
    folders.MODEL = copy_model


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=EXAMPLES)
@given(content=CONTENTS)
def test_a_target_holds_for_any_bytes(name, content):
    TARGETS[name](content)


@pytest.mark.parametrize("path", sorted(FINDINGS.glob("*/*")), ids=lambda path: path.name)
def test_what_once_failed_holds(path):
    TARGETS[path.parent.name](path.read_bytes())
