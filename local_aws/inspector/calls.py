"""The calls of the first screen: a good one, and the mistakes that people make, each signed as a client would."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from local_aws.app import LocalAws
from local_aws.iam.access import Access
from local_aws.iam.callers import Caller, read_callers
from local_aws.inspector.kept import Kept, kept_of
from local_aws.inspector.signing import Call, deliver, signed
from local_aws.record import Record

CALLER = "edge-caller"
ONE_ACTION = "article-2024"


@dataclass(frozen=True)
class Calls:
    """Makes calls to the Function URL at `host`."""

    access: Access
    host: str

    def callers(self) -> dict[str, Caller]:
        """By name. Raises ConfigurationError."""
        callers = read_callers(self.access.function, self.access.callers_file, self.access.policies, self.access.more)
        return {caller.name: caller for caller in callers.values()}

    def get(self, target: str) -> Call:
        return Call("GET", target, (("host", self.host),))

    def signed(self, call: Call, name: str, *, service: str = "lambda", late: timedelta = timedelta(0)) -> Call:
        """The call, signed as this caller, or as the first one where there is none of that name."""
        callers = self.callers()
        caller = callers.get(name) or next(iter(callers.values()))
        return signed(call, caller, self.access.function.region, self.access.now(), service=service, late=late)

    def changed(self) -> Call:
        return replace(self.signed(self.get("/items/42?q=hello"), CALLER), target="/items/42?q=hellp")

    async def example(self) -> Kept:
        """What a changed byte looks like: a real request and a real refusal, which nobody sent."""
        records: list[Record] = []
        await deliver(self.changed(), LocalAws(self.access, NoRuntime(), observers=[records.append]))
        return replace(kept_of(records[0], thorough=True), request_id="example")


class NoRuntime:
    """For a call that never reaches the function."""

    async def invoke(self, event: object, request_id: str) -> object:
        return {"statusCode": 200}


CALLS: dict[str, Callable[[Calls], Call]] = {
    "unsigned": lambda calls: calls.get("/"),
    "changed": lambda calls: calls.changed(),
    "service": lambda calls: calls.signed(calls.get("/whoami"), CALLER, service="execute-api"),
    "clock": lambda calls: calls.signed(calls.get("/whoami"), CALLER, late=timedelta(hours=9)),
    "action": lambda calls: calls.signed(calls.get("/"), ONE_ACTION),
    "good": lambda calls: calls.signed(calls.get("/items/42?q=hello"), CALLER),
}
