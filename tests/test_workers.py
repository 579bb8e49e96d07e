"""Children that crash, hang, eat memory or are called off: the application lives, and says what to do."""

from __future__ import annotations

import inspect
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from tests.test_solvers import KNAPSACK, MACHINES, market_split, stacked

from symbiosis.errors import ProgramError, SolverError
from symbiosis.solvers import solve
from symbiosis.workers import Pool, Solver

WAYS_TO_FAIL = """
import ctypes, os, time

def crash(_):
    ctypes.string_at(0)

def abort(_):
    os.abort()

def sleep(seconds):
    time.sleep(seconds)

def tell(times, *, progress):
    for one in range(times):
        progress("step", one / times)
        time.sleep(0.01)
    return times

def eat(_):
    return bytearray(1 << 40)

def chatter(_):
    os.write(1, b"HiGHS says hello")
    print("so does Python", flush=True)
    return "heard"

def wrong(_):
    raise AttributeError("canonical_code")

TASKS = {f.__name__: f for f in (crash, abort, sleep, tell, eat, chatter, wrong)}
"""


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    place = tmp_path_factory.mktemp("tasks")
    (place / "ways_to_fail.py").write_text(WAYS_TO_FAIL, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(place), *filter(None, sys.path)]))
        with Solver(tasks="ways_to_fail") as solver:
            yield solver


def test_a_child_takes_whatever_the_process_itself_takes():
    taken = set(inspect.signature(Solver.solve).parameters) - {"self"}
    assert taken == set(inspect.signature(solve).parameters) - {"map", "largest_part"}


def test_a_child_answers_as_the_process_itself_does(failing):
    here, there = solve(KNAPSACK), failing.solve(KNAPSACK)
    assert there.values.tobytes() == here.values.tobytes()
    assert (there.status, there.bound, there.engine) == (here.status, here.bound, here.engine)


@pytest.mark.parametrize("way", ["crash", "abort"])
def test_a_native_crash_is_an_error_with_a_remedy_and_the_next_call_is_answered(failing, way):
    with pytest.raises(SolverError, match="try again"):
        failing.call(way, None)
    assert failing.solve(MACHINES).status == "optimal"


def test_a_hang_is_ended_after_its_time(failing):
    failing.solve(MACHINES)
    begun = time.monotonic()
    with pytest.raises(SolverError, match="allow more time"):
        failing.call("sleep", 60, wait_s=0.5)
    assert time.monotonic() - begun < 5
    assert failing.solve(MACHINES).status == "optimal"


def test_cancelling_ends_the_child_at_once_whatever_its_engine_does(failing):
    failing.solve(MACHINES)
    event = threading.Event()
    threading.Timer(0.5, event.set).start()
    begun = time.monotonic()
    with pytest.raises(SolverError, match="cancelled"):
        failing.solve(market_split(6, 50), time_limit_s=60, is_cancelled=event.is_set)
    assert time.monotonic() - begun < 10
    assert failing.solve(MACHINES).status == "optimal"


def test_whoever_leaves_while_waiting_does_not_hear_the_old_answer_later(failing):
    class Left(BaseException):
        """As Streamlit ends a script."""

    def leave(*_told: object) -> None:
        raise Left

    for task, argument, how in (("tell", 20, {"progress": leave}), ("sleep", 60, {"is_cancelled": leave})):
        with pytest.raises(Left):
            failing.call(task, argument, **how)
        assert failing.call("tell", 3, progress=lambda *_told: None) == 3


def test_whoever_waits_for_their_turn_can_leave(failing):
    failing.solve(MACHINES)
    other = threading.Thread(target=failing.call, args=("sleep", 2))
    other.start()
    time.sleep(0.2)
    begun = time.monotonic()
    with pytest.raises(SolverError, match="cancelled"):
        failing.call("chatter", None, is_cancelled=lambda: time.monotonic() - begun > 0.2)
    assert time.monotonic() - begun < 1.5
    other.join()


def test_memory_that_is_not_there_is_said_and_the_child_goes_on(failing):
    with pytest.raises(SolverError, match="smaller territory"):
        failing.call("eat", None)
    assert failing.solve(MACHINES).status == "optimal"


def test_what_libraries_print_does_not_reach_the_channel(failing):
    assert failing.call("chatter", None) == "heard"
    assert failing.solve(MACHINES).status == "optimal"


def test_whatever_a_task_raises_becomes_our_error(failing):
    with pytest.raises(SolverError, match="AttributeError: canonical_code"):
        failing.call("wrong", None)


def test_a_child_that_was_killed_from_outside_is_replaced(failing):
    failing.solve(MACHINES)
    os.kill(failing.pid, signal.SIGKILL)
    for _ in range(2):
        try:
            assert failing.solve(MACHINES).status == "optimal"
            break
        except SolverError:
            continue
    else:
        pytest.fail("no child came back")


def test_a_refused_programme_is_refused_with_its_own_error(failing):
    from dataclasses import replace

    with pytest.raises(ProgramError, match="not finite"):
        failing.solve(replace(MACHINES, cost=np.array([np.nan, 1.0])))


def test_progress_crosses_the_border(failing):
    told: list[float] = []
    failing.solve(stacked([MACHINES, KNAPSACK]), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_parts_solved_side_by_side_equal_the_whole():
    whole = stacked([MACHINES, KNAPSACK, market_split(2, 10), KNAPSACK])
    with Pool(2) as pool:
        apart = solve(whole, map=pool.map)
    assert apart.objective == pytest.approx(solve(whole).objective, abs=1e-9)
    assert apart.status == "optimal"


def test_a_child_ends_with_its_parent(root: Path):
    script = "from symbiosis.workers import Solver; s = Solver(); print(s.pid, flush=True); import os; os._exit(1)"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False).stdout
    for _ in range(100):
        try:
            os.kill(int(said), 0)
        except ProcessLookupError:
            return
        stat = Path(f"/proc/{int(said)}/stat")
        if stat.exists() and stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("an orphan lives on")


def test_the_same_programme_gives_the_same_answer_in_five_processes():
    script = (
        "import hashlib; from tests.test_solvers import market_split, stacked, KNAPSACK, MACHINES\n"
        "from symbiosis.solvers import solve\n"
        "s = solve(stacked([market_split(3, 20), KNAPSACK, MACHINES]), is_deterministic=True, time_limit_s=2)\n"
        "print(hashlib.sha256(s.values.tobytes()).hexdigest(), repr(s.bound))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [*sys.path, str(Path.cwd())]))}
    said = {
        subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(5)
    }
    assert len(said) == 1


@pytest.mark.benchmark
def test_a_call_to_a_warm_child_costs_less_than_20_ms(failing):
    failing.solve(MACHINES)
    there, here = [], []
    for _ in range(30):
        for seconds, call in ((there, failing.solve), (here, solve)):
            begun = time.perf_counter()
            call(MACHINES)
            seconds.append(time.perf_counter() - begun)
    over = statistics.median(there) - statistics.median(here)
    assert over < 0.02, f"{1000 * over:.1f} ms"
