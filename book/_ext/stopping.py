"""Ctrl-C while kernels are at work: they end, in silence, and nothing is left behind."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

T = TypeVar("T")


def finish(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` returns. Ctrl-C ends it, and waits for that, before KeyboardInterrupt goes on.

    It runs in a thread, because in the main one nbclient takes Ctrl-C for itself, and ends one kernel of several.
    """
    begun: Future[asyncio.Task] = Future()

    async def noted() -> T:
        begun.set_result(asyncio.current_task())
        return await work

    with sigterm_as_ctrl_c(), ThreadPoolExecutor(1) as thread:
        running = thread.submit(asyncio.run, noted())
        try:
            return running.result()
        except KeyboardInterrupt:
            for more in (signal.SIGINT, signal.SIGTERM):  # once is enough: to end the kernels takes a second or two
                signal.signal(more, signal.SIG_IGN)
            loop = begun.result().get_loop()
            loop.set_exception_handler(lambda *_: None)  # nbclient's own tasks, which miss their kernel
            with suppress(RuntimeError):  # it has just ended
                loop.call_soon_threadsafe(begun.result().cancel)
            raise


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """So that no kernel is left behind by `kill` or `timeout`, either."""
    before = signal.getsignal(signal.SIGINT), signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
