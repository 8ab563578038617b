"""The retry policy against botocore's standard mode: decisions, delays and the quota.

What differs on purpose stands in `INTENDED`, as in `docs/design/retries.md`.
"""

from __future__ import annotations

import itertools

import botocore.exceptions
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.retries import quota as botocore_quota
from botocore.retries import standard
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper import _errors
from wrapper._headers import Headers
from wrapper._retry import ATTEMPT_HEADERS, RetryStrategy
from wrapper._retry_policy import RetryAction, RetryPolicy
from wrapper._retry_quota import RetryQuota

OPERATION = (
    botocore.session.Session()
    .get_service_model("sagemaker-runtime")
    .operation_model("InvokeEndpoint")
)
CLASSES = {
    kind.__name__: kind
    for kind in (
        _errors.InternalDependencyException,
        _errors.InternalFailure,
        _errors.ModelError,
        _errors.ModelNotReadyException,
        _errors.ServiceUnavailable,
        _errors.ValidationError,
    )
}
STATUSES = [
    *(400, 401, 403, 404, 405, 408, 409, 413, 415, 418, 422, 424, 429, 431),
    *(500, 501, 502, 503, 504, 505, 508, 509, 511, 520, 530, 599),
]
EXPIRED_TOKEN = ["ExpiredToken", "ExpiredTokenException"]
REFUSED_SIGNATURE = ["InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed"]
RETRIED_CODES = [
    *standard.ThrottledRetryableChecker._THROTTLED_ERROR_CODES,
    *standard.TransientRetryableChecker._TRANSIENT_ERROR_CODES,
]
CODES = [
    None,
    *CLASSES,
    *RETRIED_CODES,
    *EXPIRED_TOKEN,
    *REFUSED_SIGNATURE,
    *("AccessDeniedException", "UnrecognizedClientException", "SomethingElse"),
]


class Botocore:
    """A client's standard retry mode, put together as `register_retry_handler` does."""

    def __init__(self, max_attempts=3, capacity=500):
        self.jitter = 1.0
        adapter = standard.RetryEventAdapter()
        detector = standard.ThrottlingErrorDetector(adapter)
        self.quota = botocore_quota.RetryQuota(capacity)
        self.checker = standard.RetryQuotaChecker(self.quota, detector)
        self.handler = standard.RetryHandler(
            retry_policy=standard.RetryPolicy(
                retry_checker=standard.StandardRetryConditions(max_attempts=max_attempts),
                retry_backoff=standard.ExponentialBackoff(
                    random=lambda: self.jitter,
                    service_name="sagemaker-runtime",
                    throttling_detector=detector,
                ),
            ),
            retry_event_adapter=adapter,
            retry_quota=self.checker,
            service_name="sagemaker-runtime",
        )

    def begin(self):
        self.context = {}
        self.number = 1

    def delay_after(self, status=None, code=None, headers=(), exception=None):
        """Return the delay before the next attempt, or None for no retry."""
        response = None
        if exception is None:
            parsed = {"Error": {} if code is None else {"Code": code}}
            response = (AWSResponse("https://x", status, Headers(headers), None), parsed)
        delay = self.handler.needs_retry(
            response=response,
            operation=OPERATION,
            attempts=self.number,
            caught_exception=exception,
            request_dict={"context": self.context},
        )
        self.number += 1
        return delay

    def succeed(self):
        answer = AWSResponse("https://x", 200, {}, None)
        self.checker.release_retry_quota(self.context, http_response=answer)


class Ours:
    """The same of this package."""

    def __init__(self, max_attempts=3, capacity=500):
        self.jitter = 1.0
        self.quota = RetryQuota(capacity)
        self.strategy = RetryStrategy(
            RetryPolicy(max_attempts=max_attempts),
            clock=lambda: 0.0,
            wall_clock=lambda: 0.0,
            random=lambda: self.jitter,
            quota=self.quota,
        )

    def begin(self):
        self.attempts = self.strategy.begin("id")

    def delay_after(self, status=None, code=None, headers=(), exception=None):
        error = exception or CLASSES.get(code, _errors.ServiceError)(
            code=code, status_code=status, headers=Headers(headers)
        )
        decision = self.attempts.after_error(error)
        return decision.delay if decision.action is RetryAction.RETRY else None

    def succeed(self):
        self.attempts.succeeded()


def retried(client, **failure):
    client.begin()
    return client.delay_after(**failure) is not None


SERVER_ERRORS = {500, 502, 503, 504}
# Why, when (status, code), and what this package does there; botocore does the opposite.
INTENDED = [
    (
        "a model that is being loaded is waited for",
        lambda status, code: code == "ModelNotReadyException" and status not in SERVER_ERRORS,
        True,
    ),
    (
        "530 is a dependency's failure, as transient as 503",
        lambda status, code: (
            status == 530
            and code not in {"ModelError", *EXPIRED_TOKEN, *REFUSED_SIGNATURE, *RETRIED_CODES}
        ),
        True,
    ),
    (
        "these are transient whatever the status",
        lambda status, code: (
            code in {"InternalFailure", "ServiceUnavailable", "InternalDependencyException"}
            and status not in SERVER_ERRORS
        ),
        True,
    ),
    (
        "429 is throttling whatever name the answer gives",
        lambda status, code: status == 429 and code == "ValidationError",
        True,
    ),
    (
        "the model's own answer is final whatever the status",
        lambda status, code: code == "ModelError" and status in SERVER_ERRORS,
        False,
    ),
    (
        "what was signed wrongly or with old credentials is not sent again as it was",
        lambda status, code: (
            code in EXPIRED_TOKEN + REFUSED_SIGNATURE and status in SERVER_ERRORS | {429}
        ),
        False,
    ),
]


def test_what_is_retried_differs_from_botocore_only_as_intended():
    ours, theirs = Ours(), Botocore()
    used = set()
    for status, code in itertools.product(STATUSES, CODES):
        ours.quota.release(500)
        theirs.quota.release(500)
        mine = retried(ours, status=status, code=code)
        differs = mine != retried(theirs, status=status, code=code)
        reasons = [why for why, applies, _ in INTENDED if applies(status, code)]
        assert bool(reasons) == differs, (status, code, mine, reasons)
        used.update(reasons)
        for _, applies, expected in INTENDED:
            assert not applies(status, code) or mine is expected
    assert used == {why for why, _, _ in INTENDED}


ENDPOINT = {"endpoint_url": "https://x", "error": "e"}


@pytest.mark.parametrize(
    ("ours", "theirs", "is_retried", "is_retried_by_botocore"),
    [
        (
            _errors.ConnectError(),
            botocore.exceptions.EndpointConnectionError(**ENDPOINT),
            True,
            True,
        ),
        (
            _errors.ConnectTimeoutError(),
            botocore.exceptions.ConnectTimeoutError(**ENDPOINT),
            True,
            True,
        ),
        (
            _errors.ConnectError(),
            botocore.exceptions.ProxyConnectionError(proxy_url="p", **ENDPOINT),
            True,
            True,
        ),
        # An idle connection that the service had closed; botocore does not tell it from the next.
        (
            _errors.ProtocolError(possibly_processed=False),
            botocore.exceptions.ConnectionClosedError(**ENDPOINT),
            True,
            True,
        ),
        # Intended: the model may have run.
        (
            _errors.ProtocolError(),
            botocore.exceptions.ConnectionClosedError(**ENDPOINT),
            False,
            True,
        ),
        (
            _errors.ReadTimeoutError(),
            botocore.exceptions.ReadTimeoutError(**ENDPOINT),
            False,
            True,
        ),
        (
            _errors.ParameterError(),
            botocore.exceptions.ParamValidationError(report="r"),
            False,
            False,
        ),
        (_errors.CredentialsError(), botocore.exceptions.NoCredentialsError(), False, False),
    ],
    ids=repr,
)
def test_failures_without_an_answer(ours, theirs, is_retried, is_retried_by_botocore):
    assert retried(Ours(), exception=ours) is is_retried
    assert retried(Botocore(), exception=theirs) is is_retried_by_botocore


failures = st.builds(
    dict,
    status=st.sampled_from(STATUSES),
    # A model that is being loaded is waited for by a rule of its own.
    code=st.sampled_from([code for code in CODES if code != "ModelNotReadyException"]),
    headers=st.just(())
    | st.builds(
        lambda value: (("x-amz-retry-after", value),),
        st.integers(-10, 10**5).map(str) | st.text("0123456789-+. x", max_size=6),
    ),
).filter(lambda f: not any(applies(f["status"], f["code"]) for _, applies, _ in INTENDED))


@settings(max_examples=150, deadline=None)
@given(
    max_attempts=st.integers(1, 8),
    capacity=st.sampled_from([0, 7, 30, 500]),
    calls=st.lists(
        st.lists(st.tuples(failures, st.floats(0, 1)), max_size=10), min_size=1, max_size=8
    ),
)
def test_whole_calls_wait_as_long_and_use_as_many_tokens_as_with_botocore(
    max_attempts, capacity, calls
):
    ours, theirs = Ours(max_attempts, capacity), Botocore(max_attempts, capacity)
    for call in calls:
        ours.begin()
        theirs.begin()
        for failure, jitter in call:
            ours.jitter = theirs.jitter = jitter
            delay = ours.delay_after(**failure)
            assert delay == theirs.delay_after(**failure)
            assert ours.quota.available == theirs.quota.available_capacity
            if delay is None:
                break
        else:
            ours.succeed()
            theirs.succeed()
        assert ours.quota.available == theirs.quota.available_capacity


def test_both_tell_the_service_the_attempt_alike():
    session = botocore.session.Session()
    session.set_credentials("AKIAIOSFODNN7EXAMPLE", "secret")
    client = session.create_client(
        "sagemaker-runtime",
        "us-east-1",
        config=botocore.config.Config(retries={"mode": "standard", "total_max_attempts": 3}),
    )
    seen = []

    def answer(request, **_):
        seen.append({name: request.headers[name].decode() for name in ("amz-sdk-request",)})
        raw = type("Raw", (), {"stream": lambda *_: iter([b""]), "read": lambda *_: b""})()
        return AWSResponse(request.url, 500 if len(seen) < 3 else 200, {}, raw)

    client.meta.events.register("before-send.sagemaker-runtime.InvokeEndpoint", answer)
    client.invoke_endpoint(EndpointName="e", Body=b"")

    attempts = Ours().strategy.begin("id")
    for headers in seen:
        ours = dict(zip(ATTEMPT_HEADERS, attempts.header_values(), strict=True))
        assert ours == {"amz-sdk-invocation-id": "id", **headers}
        attempts.after_error(_errors.InternalFailure(status_code=500))
    assert len(seen) == 3
