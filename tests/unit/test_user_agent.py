"""The user agent: the client, the system, Python, and what an application calls itself."""

from __future__ import annotations

import platform
import sys

import pytest
from botocore import useragent
from hypothesis import given
from hypothesis import strategies as st

from tests.faces import Recorder
from wrapper import ConfigurationError, __version__
from wrapper._user_agent import as_app_id, user_agent


def test_the_user_agent_names_the_client_the_system_and_python():
    assert user_agent(None) == (
        f"sagemaker-runtime-client/{__version__} os/{sys.platform} "
        f"lang/python#{platform.python_version()}"
    )
    assert user_agent("") == user_agent(None)
    assert user_agent("my-app") == f"{user_agent(None)} app/my-app"


ALLOWED = "".join(sorted(useragent._USERAGENT_ALLOWED_CHARACTERS))


@given(st.text(ALLOWED, min_size=1, max_size=50))
def test_what_botocore_sends_of_an_application_id_is_accepted(app_id):
    assert user_agent(app_id).endswith(f" app/{app_id}")


@given(
    st.one_of(
        st.text(ALLOWED, min_size=51, max_size=80),
        st.tuples(
            st.text(ALLOWED, max_size=10),
            st.characters(exclude_characters=ALLOWED),
            st.text(ALLOWED, max_size=10),
        ).map("".join),
    )
)
def test_any_other_application_id_is_refused(app_id):
    with pytest.raises(ConfigurationError, match=r"^app_id: ") as caught:
        user_agent(app_id)
    assert caught.value.setting == "app_id"
    assert len(str(caught.value)) < 400


def test_an_application_id_cannot_smuggle_a_header_in(face):
    with pytest.raises(ConfigurationError, match="app_id"):
        face.make(transport=Recorder(), app_id="a\r\nX-Injected: 1")


@given(st.text(max_size=80))
def test_what_the_environment_says_is_made_acceptable_as_botocore_makes_it(text):
    assert as_app_id(text) == useragent.sanitize_user_agent_string_component(text, False)[:50]
    user_agent(as_app_id(text))


@pytest.mark.parametrize(
    ("given_id", "sent"),
    [("My App/1.0", "My-App-1.0"), ("a\r\nX: 1", "a--X--1"), ("x" * 60, "x" * 50)],
)
def test_an_odd_name_in_the_environment_keeps_no_client_from_starting(
    face, monkeypatch, given_id, sent
):
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", given_id)
    recorder = Recorder()
    face.call({"transport": recorder}, "invoke_endpoint", "e", b"")
    assert recorder.last.headers["user-agent"].endswith(f" app/{sent}")
