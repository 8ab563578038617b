"""A model container: scikit-learn's handwritten digits, by SageMaker's container contract.

`GET /ping` says whether it is ready, `POST /invocations` predicts. It reads JSON
(`{"rows": [[…64 numbers…], …]}`) or CSV (a row a line), and answers JSON. Asked for
`application/x-ndjson` it explains each prediction, too, and sends a line a row as soon as that row
is done.

    python -m examples.digits_container --port 8080
"""

# scikit-learn has no types of its own; what pyright infers of them is not what they take.
# pyright: reportArgumentType=false, reportReturnType=false, reportAttributeAccessIssue=false
# pyright: reportIndexIssue=false, reportCallIssue=false

from __future__ import annotations

import argparse
import json
import socket
from collections.abc import Iterator

import numpy as np
import uvicorn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

LINES = "application/x-ndjson"


def split() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The rows to learn from and the rows held out, then their labels; always the same."""
    digits = load_digits()
    train, held_out, train_labels, held_out_labels = train_test_split(
        digits.data, digits.target, test_size=0.25, random_state=0, stratify=digits.target
    )
    return train, held_out, train_labels, held_out_labels


class Model:
    """A support vector machine; the distance to its borders says how sure it is."""

    def __init__(self) -> None:
        train, _, labels, _ = split()
        self._machine = SVC(gamma=0.001, C=10.0, decision_function_shape="ovr").fit(train, labels)

    def predict(self, rows: np.ndarray) -> list[dict[str, float | int]]:
        """The label of each row, and a probability: the softmax of the distances."""
        scores = np.exp(3 * self._machine.decision_function(rows))
        probabilities = scores / scores.sum(axis=1, keepdims=True)
        return [
            {"label": int(row.argmax()), "probability": round(float(row.max()), 4)}
            for row in probabilities
        ]

    def explain(self, row: np.ndarray) -> dict[str, float | int | list[int]]:
        """The prediction of a row, and the place of the pixel that it hangs on most.

        Each square of two by two pixels is blanked in turn, to see what that does to the score.
        """
        (prediction,) = self.predict(row[np.newaxis])
        label = int(prediction["label"])
        places = [(line, column) for line in range(7) for column in range(7)]
        blanked = np.repeat(row[np.newaxis], len(places), axis=0).reshape(-1, 8, 8)
        for variant, (line, column) in zip(blanked, places, strict=True):
            variant[line : line + 2, column : column + 2] = 0
        scores = self._machine.decision_function(blanked.reshape(-1, 64))[:, label]
        return {**prediction, "decisive_pixel": list(places[int(scores.argmin())])}


def application(model: Model) -> Starlette:
    """The container's HTTP application."""

    async def ping(_: Request) -> Response:
        return Response(status_code=200)

    async def invocations(request: Request) -> Response:
        try:
            rows = _rows(await request.body(), request.headers.get("content-type", ""))
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"error": f"rows of 64 numbers, please: {error}"}, status_code=400)
        if request.headers.get("accept") == LINES:
            return StreamingResponse(_lines(model, rows), media_type=LINES)
        return JSONResponse({"predictions": model.predict(rows)})

    return Starlette(
        routes=[
            Route("/ping", ping),
            Route("/invocations", invocations, methods=["POST"]),
        ]
    )


def _rows(body: bytes, content_type: str) -> np.ndarray:
    if content_type.startswith("text/csv"):
        rows = [line.split(",") for line in body.decode().splitlines() if line]
    else:
        rows = json.loads(body)["rows"]
    array = np.array(rows, dtype=float)
    if array.ndim != 2 or array.shape[1] != 64:
        raise ValueError(f"got an array of the shape {array.shape}")
    return array


def _lines(model: Model, rows: np.ndarray) -> Iterator[str]:
    for row in rows:
        yield json.dumps(model.explain(row)) + "\n"


def main() -> None:
    """Train, listen on a port of this machine, and say which."""
    parser = argparse.ArgumentParser(prog="python -m examples.digits_container")
    parser.add_argument("--port", type=int, default=0, help="0 for any free one")
    # Named as TCP, so that asyncio sends each line at once (TCP_NODELAY).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", parser.parse_args().port))
    model = Model()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    server = uvicorn.Server(uvicorn.Config(application(model), log_level="warning"))
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
