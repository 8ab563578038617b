"""The contract chain: what each link of it says, and how two links are compared.

upstream.py    facts of AWS's service model        ┐
spec.py        facts of the OpenAPI document       ├─ facts.py compares two sets of facts
released.py    facts of the last released document ┘
deviations.py  the differences that are meant
dialect.py     what of OpenAPI is taken; nodes.py: references, and where a node is
lint.py        what a document of that kind can still get wrong
generation.py  from the document to the raw client, and from the raw client back to the document
lock.py        openapi/spec.lock
calls.py       calls through both clients, answered here
wrapper.py     the raw client against the seam, the seam against the public methods
answers.py     what both clients make of answers, errors and events
public_api.py  what has changed in the Python API since the last release
"""
