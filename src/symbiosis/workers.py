"""Warm children that solve: a native crash, a hang or a lack of memory is an error with a remedy, never an outage.

A child is our own interpreter with OR-Tools loaded. It is asked by pickles on its standard input and answers on its output;
whatever its libraries print goes to nobody. It ends when its parent does. Where a parent cannot wait for an engine that takes
no interruption, it ends the child and starts another.

Which one to use: the dashboard solves in a child (one per server), because a crash there would take everybody's session. The
command line solves in its own process unless it is told ``--isolated``: there is nobody else to protect, and a child costs half
a second to start.
"""

from __future__ import annotations

import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, BinaryIO

from symbiosis import errors
from symbiosis.errors import SolverError
from symbiosis.solvers import Basis, Floats, Program, Solution, load, solve, solve_part

GRACE_S = 10.0
"""A child may take twice its time limit (HiGHS was seen to) and this much more before it is ended."""

WAIT_S = 0.05
"""How long one waits before one asks again whether anybody still wants the answer."""

_LENGTH = struct.Struct("<Q")


def _search_part(both: tuple[Any, Any]) -> Any:
    """A part of the search for candidates; pandas is loaded in the children that are asked for one."""
    from symbiosis.candidates.search import search_part

    return search_part(*both)


_TASKS: dict[str, Callable[..., Any]] = {"solve": solve, "solve_part": solve_part, "search_part": _search_part}


class Solver:
    """One warm child with the signature of :func:`symbiosis.solvers.solve`.

    Parameters
    ----------
    memory_bytes
        Address space of the child, where the system can limit it; by default three quarters of the machine's memory.
    tasks
        Module that holds the functions to call by name, as its ``TASKS``; another one in tests.
    """

    def __init__(self, *, memory_bytes: int | None = None, tasks: str = "") -> None:
        self._command = [sys.executable, "-c", "from symbiosis.workers import serve; serve()",
                         str(_three_quarters() if memory_bytes is None else memory_bytes), tasks]  # fmt: skip
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[tuple[str, Any] | None] = queue.Queue()
        self._start()

    def solve(
        self,
        program: Program,
        *,
        relative_gap: float = 1e-6,
        time_limit_s: float = 60.0,
        seed: int = 7,
        progress: Callable[[float], None] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
        is_deterministic: bool = False,
        basis: Basis | None = None,
        start: Floats | None = None,
    ) -> Solution:
        """Solve in the child.

        Parameters
        ----------
        program, relative_gap, time_limit_s, seed, progress
            As for :func:`symbiosis.solvers.solve`.
        is_cancelled
            Asked twenty times a second; the child is ended at once, whatever its engine is doing.
        is_deterministic, basis, start
            As there; where no clock may count, none ends the child either.

        Returns
        -------
        Solution

        Raises
        ------
        ProgramError
            If the programme is refused.
        SolverError
            If the engine failed, crashed, hung, ran out of memory, or was cancelled.
        """
        options: dict[str, object] = {
            "relative_gap": relative_gap,
            "time_limit_s": time_limit_s,
            "seed": seed,
            "is_deterministic": is_deterministic,
            "basis": basis,
            "start": start,
        }
        wait = float("inf") if is_deterministic else 2 * time_limit_s + GRACE_S
        found = self.call("solve", program, options, wait_s=wait, progress=progress, is_cancelled=is_cancelled)
        assert isinstance(found, Solution)  # noqa: S101 - what `solve` returns
        return found

    def call(
        self,
        task: str,
        argument: object,
        options: dict[str, object] | None = None,
        *,
        wait_s: float = float("inf"),
        progress: Callable[..., None] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> Any:
        """Run one task in the child and wait for its answer.

        Parameters
        ----------
        task
            Its name.
        argument, options
            What it is called with.
        wait_s
            When a child that does not answer is ended.
        progress, is_cancelled
            Told and asked while waiting, for one's turn too. Whatever they raise ends the child and reaches the caller.

        Returns
        -------
        object

        Raises
        ------
        SymbiosisError
            What the task raised, or a :class:`SolverError` for what became of the child.
        """
        while not self._turn.acquire(timeout=WAIT_S):
            if is_cancelled is not None and is_cancelled():
                raise _cancelled()
        try:
            if self._child is None or self._child.poll() is not None:
                self._start()
            self._send((task, argument, options or {}, progress is not None))
            kind, content = self._heard(wait_s, progress, is_cancelled)
        except BaseException:
            self._end()  # its answer would be taken for that of the next call
            raise
        finally:
            self._turn.release()
        if kind == "error":
            raise content
        return content

    def _heard(
        self, wait_s: float, progress: Callable[..., None] | None, is_cancelled: Callable[[], bool] | None
    ) -> tuple[str, Any]:
        """The answer of the child to what it was sent last."""
        until = time.monotonic() + wait_s
        while True:
            try:
                answer = self._answers.get(timeout=WAIT_S)
            except queue.Empty:
                if is_cancelled is not None and is_cancelled():
                    raise _cancelled() from None
                if time.monotonic() > until:
                    raise SolverError(
                        f"le moteur n'a pas répondu en {wait_s:.0f} s et a été arrêté : accorder plus de temps ou un écart "
                        f"plus large / the engine did not answer within {wait_s:.0f} s and was ended: allow more time or a "
                        "wider gap"
                    ) from None
                continue
            if answer is None:
                raise self._obituary()
            kind, content = answer
            if kind in ("done", "error"):
                return kind, content
            if progress is not None:
                progress(*content)

    def close(self) -> None:
        """End the child."""
        with self._turn:
            self._end()

    def __enter__(self) -> Solver:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Process of the child; 0 where there is none."""
        return 0 if self._child is None else self._child.pid

    def _start(self) -> None:
        self._answers = queue.Queue()
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        threading.Thread(target=_listen, args=(self._child.stdout, self._answers), daemon=True).start()

    def _send(self, message: object) -> None:
        assert self._child is not None  # noqa: S101 - `call` has just started it
        with suppress(OSError):  # a child that is dying: its silence is heard where answers are
            _write(self._child.stdin, message)

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def _obituary(self) -> SolverError:
        child = self._child
        code = child.wait() if child is not None else 0
        self._end()
        return SolverError(
            f"le moteur s'est arrêté (code {code}) : recommencer ; si cela se répète, la mémoire manque peut-être, réduire le "
            f"territoire ou le nombre de candidats / the engine died (code {code}): try again; if it happens again, memory may "
            "be short: take a smaller territory or fewer candidates"
        )


class Pool:
    """Several warm children that solve the parts of a programme side by side: ``solve(program, map=pool.map)``.

    Parameters
    ----------
    size
        How many; by default one per processor.
    """

    def __init__(self, size: int | None = None) -> None:
        self._solvers: queue.LifoQueue[Solver] = queue.LifoQueue()
        self.size = size or os.cpu_count() or 1
        for _ in range(self.size):
            self._solvers.put(Solver())

    def map(self, task: Callable[..., Any], jobs: Iterable[Any], *, shared: Any = None) -> Iterator[Any]:
        """Apply a task to jobs, in their order.

        Parameters
        ----------
        task
            :func:`symbiosis.solvers.solve_part`, or :func:`symbiosis.candidates.search.search_part`.
        jobs
            Its arguments.
        shared
            What the task is handed before each of them, where there is such a thing.

        Yields
        ------
        object
            What the task returns, in the order of the jobs.
        """

        def one(job: Any) -> Any:
            solver = self._solvers.get()
            try:
                if shared is not None:
                    return solver.call(task.__name__, (shared, job))
                return solver.call(task.__name__, job, wait_s=2 * job.effort.time_limit_s + GRACE_S)
            finally:
                self._solvers.put(solver)

        with ThreadPoolExecutor(self.size) as threads:
            yield from threads.map(one, jobs)

    def close(self) -> None:
        """End every child."""
        for _ in range(self.size):
            self._solvers.get().close()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _cancelled() -> SolverError:
    return SolverError("calcul annulé / cancelled")


def _three_quarters() -> int:
    """Three quarters of the machine's memory in bytes; 0 where it cannot be known."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4 * 3
    except (AttributeError, OSError, ValueError):
        return 0


def _write(stream: BinaryIO | Any, message: object) -> None:
    data = pickle.dumps(message, protocol=5)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def _read(stream: BinaryIO | Any) -> Any:
    """The next message, or None at the end of the stream."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    length = _LENGTH.unpack(head)[0]
    data = stream.read(length)
    return pickle.loads(data) if len(data) == length else None  # noqa: S301 - our own child, or our own parent


def _listen(stream: BinaryIO | Any, answers: queue.Queue[tuple[str, Any] | None]) -> None:
    """Everything that a child says, then None when it is no more."""
    try:
        while (message := _read(stream)) is not None:
            answers.put(message)
    except (OSError, ValueError, EOFError, pickle.UnpicklingError):
        pass
    answers.put(None)


def serve() -> None:
    """Life of a child: load the engines, answer until the parent is gone."""
    memory, tasks = int(sys.argv[1]), sys.argv[2]
    # Libraries write to what they believe is the console: the channel is ours alone.
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if memory:
        with suppress(ImportError, ValueError, OSError):
            import resource

            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    todo: queue.Queue[Any] = queue.Queue()

    def hear() -> None:
        while (message := _read(sys.stdin.buffer)) is not None:
            todo.put(message)
        os._exit(0)  # the parent is gone: whatever an engine is doing is for nobody

    threading.Thread(target=hear, daemon=True).start()
    known = _TASKS | (__import__(tasks, fromlist=["TASKS"]).TASKS if tasks else {})
    load()
    while True:
        name, argument, options, wants_progress = todo.get()
        if wants_progress:
            options = {**options, "progress": lambda *told: _write(channel, ("progress", told))}
        try:
            reply = ("done", known[name](argument, **options))
        except errors.SymbiosisError as error:
            reply = ("error", error)
        except MemoryError:
            reply = ("error", SolverError("mémoire insuffisante : réduire le territoire ou le nombre de candidats / not enough "
                                          "memory: take a smaller territory or fewer candidates"))  # fmt: skip
        except Exception as error:  # noqa: BLE001 - whatever a task raises must reach the parent as something it knows
            reply = ("error", SolverError(f"{type(error).__name__}: {error}"))
        _write(channel, reply)
