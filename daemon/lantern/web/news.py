"""What open pages hear of: how far the collection is, and the report that the status page shows.

GET /api/events, /api/events?report=1 and /status, which is whole without a script.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from lantern.web import answers, sign_in
from lantern.web.events import MOST_LISTENERS, EventStream, Feed
from lantern.web.library import Status
from lantern.web.report import Report
from lantern.web.telling import Told, tell
from lantern.web.threads import ask, ask_aside

REPORT_S = 2.0
"""Between two looks: the daemon is asked each time, while somebody looks at the status page."""


OWNERS_LONGEST_S = 300.0
"""So long after somebody signed out, at most, another window of theirs goes on as the owner's."""


class News:
    """Three feeds: `status` for all, and `reports` for the owner (True) and visitors (False).

    `status` and `report` may block; `status` may raise `Unavailable`. Without `report` there is no
    status page.
    """

    def __init__(
        self, status: Callable[[], Status], report: Callable[[], Report] | None = None
    ) -> None:
        self._ask_status = status
        self._ask_report = report
        self.status = Feed("status", self._status)
        self.reports = {
            owner: Feed("report", partial(self._report, owner), REPORT_S) for owner in (False, True)
        }

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """Return all of them."""
        return (self.status, *self.reports.values())

    @property
    def has_report(self) -> bool:
        """Tell whether there is a status page."""
        return self._ask_report is not None

    def end(self) -> None:
        """Send all listeners away: the server is about to stop."""
        for feed in self.feeds:
            feed.end()

    async def told(self, *, owner: bool) -> Told:
        """Return what the status page says; see `has_report`."""
        if self._ask_report is None:
            raise LookupError("no report")
        return tell(await ask_aside(self._ask_report), owner=owner)

    async def _status(self) -> bytes:
        return msgspec.json.encode(await ask(self._ask_status))

    async def _report(self, owner: bool) -> bytes:
        return msgspec.json.encode(await self.told(owner=owner))


async def listen(request: Request) -> Response:
    """Answer GET /api/events and /api/events?report=1."""
    news: News = request.app.state.news
    wanted = request.query_params.get("report")
    if wanted not in (None, "1"):
        return answers.refusal(request.scope, 400, "report: expected 1, or nothing")
    if wanted and not news.has_report:
        return answers.refusal(request.scope, 404, "this page has no report")
    if sum(feed.listeners for feed in news.feeds) >= MOST_LISTENERS:
        return answers.refusal(
            request.scope, 503, f"{MOST_LISTENERS} pages listen already; try again later"
        )
    if not wanted:
        return EventStream(news.status)
    owner = sign_in.is_owner(request)
    return EventStream(news.reports[owner], OWNERS_LONGEST_S if owner else None)


async def page(request: Request) -> Response:
    """Answer GET /status."""
    news: News = request.app.state.news
    if not news.has_report:
        return answers.refusal(request.scope, 404, "this page has no report")
    told = await news.told(owner=sign_in.is_owner(request))
    content = {
        **await sign_in.whose(request),
        "told": told,
        "first": answers.data_block(told),
    }
    return answers.html("status.html", content)
