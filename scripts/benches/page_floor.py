"""The floor of page load: answers that are ready, by the same server library, and nothing else.

`page_floor.py FILE` serves what FILE holds, lines of JSON: an address, its headers, its content in
base64. It prints its port. What is not in it is a stream that says nothing, as that of the page
does to whoever just came.
"""

import base64
import json
import sys

import uvicorn

_STREAM = [(b"content-type", b"text/event-stream")]


class Answers:
    """An ASGI application that has its answers in memory."""

    def __init__(self, file):
        self._answers = {}
        with open(file) as lines:
            for line in lines:
                address, headers, content = json.loads(line)
                pairs = [(name.encode(), value.encode()) for name, value in headers]
                self._answers[address] = pairs, base64.b64decode(content)

    async def __call__(self, scope, receive, send):
        """Answer one request."""
        query = scope["query_string"].decode()
        answer = self._answers.get(scope["raw_path"].decode() + (f"?{query}" if query else ""))
        if answer is None:
            await send({"type": "http.response.start", "status": 200, "headers": _STREAM})
            await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        headers, content = answer
        known = dict(scope["headers"]).get(b"if-none-match")
        fresh = known is not None and known == dict(headers).get(b"etag")
        status, content = (304, b"") if fresh else (200, content)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def main():
    """Serve until told to stop."""
    config = uvicorn.Config(
        Answers(sys.argv[1]),
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=1,
    )
    listener = config.bind_socket()
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main()
