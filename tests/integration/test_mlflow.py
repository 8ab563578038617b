"""Real predictions of a container of others, `mlflow models serve`, behind the local runtime."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import wrapper
from tests.faces import ASYNC, SYNC, Face, at
from wrapper.local import LocalRuntime

pytestmark = pytest.mark.slow

# Trains a small model on real data, keeps it, and prints rows with the model's own predictions.
TRAIN = """
import json, sys
import mlflow
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

features, labels = load_iris(return_X_y=True, as_frame=True)
train, test, train_labels, _ = train_test_split(features, labels, random_state=0)
model = LogisticRegression(max_iter=500).fit(train, train_labels)
signature = infer_signature(train, model.predict(train))
mlflow.sklearn.save_model(model, sys.argv[1], signature=signature, pip_requirements=[])
rows = test.head(20)
print(json.dumps({
    "columns": list(rows.columns),
    "rows": rows.values.tolist(),
    "predictions": model.predict(rows).tolist(),
}))
"""


@attrs.frozen
class Served:
    url: str
    columns: list[str]
    rows: list[list[float]]
    predictions: list[int]


def quietly(program: list[str]) -> list[str]:
    return [sys.executable, "-W", "ignore", *program]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    folder = tmp_path
    model = folder / "model"
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
    trained = subprocess.run(
        quietly(["-c", TRAIN, str(model)]),
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
    )
    facts = json.loads(trained.stdout.splitlines()[-1])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    log = (folder / "log.txt").open("wb")
    process = subprocess.Popen(
        quietly(
            [
                *("-m", "mlflow", "models", "serve", "--env-manager", "local"),
                *("--model-uri", str(model), "--host", "127.0.0.1", "--port", str(port)),
            ]
        ),
        stdout=log,
        stderr=log,
        cwd=folder,
        env={**environment, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        start_new_session=True,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/ping", process, folder / "log.txt")
        yield Served(f"http://127.0.0.1:{port}", **facts)
    finally:
        os.killpg(process.pid, 15)
        process.wait(20)
        log.close()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=5):  # a loopback address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)


def as_csv(served: Served) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([served.columns, *served.rows])
    return text.getvalue()


def bodies(served: Served) -> dict[str, tuple[Any, str | None]]:
    """The same rows in every format that the container reads, with their media types."""
    records = [dict(zip(served.columns, row, strict=True)) for row in served.rows]
    split = {"dataframe_split": {"columns": served.columns, "data": served.rows}}
    return {
        "split": (split, None),
        "records": ({"dataframe_records": records}, None),
        "split as text": (json.dumps(split), "application/json"),
        "split as bytes": (json.dumps(split).encode(), "application/json"),
        "split with a charset": (json.dumps(split), "application/json; charset=utf-8"),
        "csv": (as_csv(served), "text/csv"),
        "csv as a file": (io.BytesIO(as_csv(served).encode()), "text/csv"),
    }


# One test, since the container takes half a minute to be there.
def test_predictions_are_those_of_the_model_in_every_form_by_both_clients(served, subtests):
    with LocalRuntime({"iris": served.url}) as runtime:
        for face in (SYNC, ASYNC):
            for form, (body, content_type) in bodies(served).items():
                with subtests.test(form, is_async=face.is_async):
                    output = face.call(
                        at(runtime), "invoke_endpoint", "iris", body, content_type=content_type
                    )
                    assert output.json() == {"predictions": served.predictions}
                    assert output.content_type == "application/json"
                    assert output.invoked_production_variant == "AllTraffic"
            with subtests.test("streamed", is_async=face.is_async):
                content_type, values = asyncio.run(streamed(face, runtime, served))
                assert content_type == "application/json"
                assert values == [{"predictions": served.predictions}]
            for body, content_type, status in REFUSED:
                with subtests.test("refused", status=status, is_async=face.is_async):
                    check_refused(face, runtime, body, content_type, status)


async def streamed(face: Face, runtime: LocalRuntime, served: Served) -> tuple[str, list[Any]]:
    async with (
        face.client(**at(runtime)) as client,
        client.stream("iris", as_csv(served), content_type="text/csv") as stream,
    ):
        return stream.stream.content_type, await stream.rest("json")


REFUSED = [
    ("not json", "application/json", 400),
    ({"unknown_key": []}, None, 400),
    ("1,2", "application/x-unknown", 415),
    ({"dataframe_records": [{"a": 1}]}, None, 400),
]


def check_refused(
    face: Face, runtime: LocalRuntime, body: Any, content_type: str | None, status: int
) -> None:
    with pytest.raises(wrapper.ModelError) as caught:
        face.call(at(runtime), "invoke_endpoint", "iris", body, content_type=content_type)
    error = caught.value
    assert error.original_status_code == status
    assert error.original_message
    assert error.original_message not in str(error)
