"""One execution environment: the extensions and the app as processes, and the invocation that is with them.

It starts at the first invocation. After a time-out, a crash or an init error it is stopped, and the next one starts it.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

EXTENSIONS = Path("/opt/extensions")
INIT_SECONDS = 10  # AWS Lambda Developer Guide, "Lambda quotas", as of 2026-11
LAST_WORDS_SECONDS = 1  # an app that dies: the adapter reports it, or ends the stream with a text
MAX_PIECES = 4  # between the adapter and a client that reads slowly
# What the adapter's crate lambda_runtime reads at its start, and ends without.
DEFAULTS = {
    "AWS_LAMBDA_FUNCTION_NAME": "function",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/function",
    "AWS_LAMBDA_LOG_STREAM_NAME": "$LATEST",
}

Result = TypeVar("Result")


class EnvironmentFailed(Exception):
    """The environment failed before the response began. The message is the Invoke API's answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


Failure = asyncio.Future[EnvironmentFailed]


async def unless(failure: Failure, work: Awaitable[Result]) -> Result:
    """The result of `work`. Raises the failure if that comes first."""
    task = asyncio.ensure_future(work)
    await asyncio.wait((task, failure), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        return task.result()
    task.cancel()
    raise failure.result()


def extensions() -> list[str]:
    return sorted(map(str, EXTENSIONS.iterdir())) if EXTENSIONS.is_dir() else []


def runtime_ended(status: int) -> str:
    """AWS's words. A negative status is a signal's number."""
    if status == 0:
        return "Runtime exited without providing a reason"
    reason = f"exit status {status}" if status > 0 else f"signal: {str(signal.strsignal(-status)).lower()}"
    return f"Runtime exited with error: {reason}"


def extension_ended(status: int) -> str:
    return f"exit code {status}"


class Invocation:
    """An event, and the response as the runtime posts it: its head, its pieces, and None at its end."""

    def __init__(self, event: bytes) -> None:
        self.id = str(uuid4())
        self.event = event
        self.content_type: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_PIECES)


class Environment:
    """`command` is the app's. The Runtime API for both is at `address`."""

    def __init__(self, command: list[str], address: str, timeout_seconds: float) -> None:
        self._command = command
        self._variables = DEFAULTS | os.environ | {"AWS_LAMBDA_RUNTIME_API": address}
        self.timeout_seconds = timeout_seconds
        self._processes: list[asyncio.subprocess.Process] = []
        self._watchers: list[asyncio.Task[None]] = []  # the loop alone wouldn't keep them
        self._one_at_a_time = asyncio.Lock()
        self._failed = self._stopped = Failure()
        self._ready = asyncio.Event()  # the runtime asks for an event
        self._next: asyncio.Queue[Invocation] = asyncio.Queue()
        self.current: Invocation | None = None

    @contextlib.asynccontextmanager
    async def invocation(self, event: bytes) -> AsyncIterator[Invocation]:
        """The response has begun inside the block. Raises EnvironmentFailed, in the block too; then all is stopped."""
        async with self._one_at_a_time:
            try:
                await self._init()
                self.current = invocation = Invocation(event)
                async with asyncio.timeout(self.timeout_seconds):
                    self._next.put_nowait(invocation)
                    await self.unless_failed(invocation.content_type)
                    yield invocation
            except TimeoutError:
                await self.stop()
                text = f"Task timed out after {self.timeout_seconds:.2f} seconds"
                raise EnvironmentFailed(200, text) from None
            except EnvironmentFailed:
                await self.stop()
                raise
            finally:
                self.current = None

    async def unless_failed(self, work: Awaitable[Result]) -> Result:
        """The result of `work`. Raises EnvironmentFailed if the environment fails before."""
        return await unless(self._failed, work)

    async def next_event(self) -> Invocation:
        self._ready.set()
        return await unless(self._stopped, self._next.get())

    async def stopped(self) -> None:
        """Waits until the processes have ended."""
        await asyncio.wait((self._stopped,))

    def fail(self, kind: str, message: str) -> None:
        """Called for what ends the environment: an init error, or a process that exits. The first one counts."""
        if not self._failed.done():
            text = json.dumps({"errorType": kind, "errorMessage": message})
            self._failed.set_result(EnvironmentFailed(200 if self.current else 502, text))

    async def _init(self) -> None:
        running = bool(self._processes) and all(process.returncode is None for process in self._processes)
        if running and not self._failed.done():
            return
        await self.stop()  # what is left of an environment that failed between two invocations
        self._failed, self._stopped, self._next = Failure(), Failure(), asyncio.Queue()
        self._ready.clear()
        for extension in extensions():
            await self._start([extension], "Extension.LaunchError", "Extension.Crash", extension_ended)
        await self._start(self._command, "Runtime.InvalidEntrypoint", "Runtime.ExitError", runtime_ended)
        try:
            async with asyncio.timeout(INIT_SECONDS):
                await self.unless_failed(self._ready.wait())
        except TimeoutError:
            self.fail("Sandbox.Timedout", f"the function wasn't ready within {INIT_SECONDS} seconds")
            raise self._failed.result() from None

    async def _start(self, command: list[str], no_start: str, ended: str, how: Callable[[int], str]) -> None:
        """`no_start` and `ended` are the error types, `how` says how a process with this status has ended."""
        failed = self._failed
        try:
            process = await asyncio.create_subprocess_exec(*command, env=self._variables, start_new_session=True)
        except OSError as error:
            self.fail(no_start, f"fork/exec {command[0]}: {str(error.strerror).lower()}")
            return
        self._processes.append(process)

        async def watch() -> None:
            status = await process.wait()
            if self.current:
                await asyncio.sleep(LAST_WORDS_SECONDS)
            if failed is self._failed:
                self.fail(ended, how(status))

        self._watchers.append(asyncio.create_task(watch()))

    async def stop(self) -> None:
        """Kills the processes, and waits until they have ended."""
        self.fail("Runtime.Stopped", "the execution environment was stopped")
        processes, self._processes = self._processes, []
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in processes:
            await process.wait()
        self._watchers.clear()
        if not self._stopped.done():
            self._stopped.set_result(self._failed.result())
