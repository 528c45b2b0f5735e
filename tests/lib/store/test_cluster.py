"""Rounds on a real Dask scheduler with two worker processes on this machine."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from time import monotonic, sleep

import pandas as pd
import psutil
import pytest

from lib import data, experiment
from lib.layers import Layer
from lib.models import PairNetwork
from lib.recipes import Protocol, Recipe
from lib.store import cluster

dask = pytest.importorskip("dask", reason="the package distributed is not installed")
distributed = pytest.importorskip("distributed", reason="the package distributed is not installed")
pytestmark = pytest.mark.filterwarnings("default")  # what distributed warns of is not ours

TINY = Recipe(
    PairNetwork((Layer(8, then="relu dropout0.2"), Layer(2, then=""))), epochs=2, protocol=Protocol(train=60, test=40)
)
SYSTEMS = {"a": TINY, "b": Recipe(TINY.model, epochs=3, protocol=Protocol("chain", train=60, test=40, carried=True))}
SLOW = Recipe(TINY.model, epochs=8, batch=5)  # a second or two a round


@pytest.fixture(scope="module")
def address():
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with distributed.LocalCluster(host="127.0.0.1", **options) as local:
        yield local.scheduler_address


@pytest.fixture(autouse=True)
def fresh_ledger(tmp_path, monkeypatch):
    monkeypatch.setenv("LIB_LEDGER", str(tmp_path / "ledger"))
    return tmp_path / "ledger"


def without_time(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="seconds")


def worker_pids(address: str) -> list[int]:
    with distributed.Client(address) as client:
        return list(client.run(os.getpid).values())


@pytest.mark.parametrize("own", [False, True], ids=["digits by name", "digits by value"])
def test_a_cluster_gives_the_same_numbers_as_this_machine(own, address, fresh_ledger, monkeypatch, tmp_path):
    source = data.load() if own else "sample"
    there = experiment.run(SYSTEMS, 3, source, where=address)
    assert len(list(fresh_ledger.iterdir())) == 6  # the ledger is the caller's
    monkeypatch.setenv("LIB_LEDGER", str(tmp_path / "another"))
    here = experiment.run(SYSTEMS, 3, source, where=1)
    pd.testing.assert_frame_equal(without_time(there), without_time(here), check_exact=True)


def test_a_worker_killed_in_the_middle_costs_no_finished_round(address, fresh_ledger, monkeypatch, tmp_path):
    pids, kept_before_the_kill = worker_pids(address), []

    def kill_after_the_first_round():
        deadline = monotonic() + 60
        while not fresh_ledger.exists() or not list(fresh_ledger.glob("*.json")):
            if monotonic() > deadline:
                return
            sleep(0.05)
        kept_before_the_kill.extend(path.stem for path in fresh_ledger.glob("*.json"))
        os.kill(pids[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_after_the_first_round)
    killer.start()
    table = experiment.run({"slow": SLOW}, 6, where=address)
    killer.join()
    assert kept_before_the_kill and set(kept_before_the_kill) <= {path.stem for path in fresh_ledger.glob("*.json")}
    assert table["status"].tolist() == ["done"] * 6
    monkeypatch.setenv("LIB_LEDGER", str(tmp_path / "another"))
    pd.testing.assert_frame_equal(
        without_time(table), without_time(experiment.run({"slow": SLOW}, 6)), check_exact=True
    )


def test_a_scheduler_that_cannot_be_reached_is_one_clear_error_at_once(monkeypatch):
    monkeypatch.setattr(cluster, "TIMEOUT", 2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = monotonic()
    with pytest.raises(ConnectionError, match=rf"no Dask scheduler answers at tcp://127\.0\.0\.1:{port}"):
        experiment.run({"a": TINY}, 1, where=f"tcp://127.0.0.1:{port}")
    assert monotonic() - start < 20


LOST = r"the cluster at tcp://.* was lost .*Finished rounds are kept"


def test_a_round_that_kills_every_worker_is_one_sentence(fresh_ledger, monkeypatch):
    monkeypatch.setattr(cluster, "play_there", lambda *call: os.kill(os.getpid(), signal.SIGKILL))
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0") as own,
        pytest.raises(ConnectionError, match=LOST) as caught,
    ):
        experiment.run({"a": TINY}, 1, where=own.scheduler_address)
    assert "\n" not in str(caught.value)


def test_a_scheduler_that_dies_is_one_sentence_and_finished_rounds_are_kept(address, fresh_ledger, monkeypatch):
    """Then distributed cancels what is not finished, after half a minute: here at once, after the first round."""
    real = distributed.as_completed

    def first_then_gone(futures):
        yield next(iter(real(futures)))
        raise distributed.CancelledError("gone")

    monkeypatch.setattr(distributed, "as_completed", first_then_gone)
    with pytest.raises(ConnectionError, match=LOST):
        experiment.run({"a": TINY}, 3, where=address)
    assert len(list(fresh_ledger.glob("*.json"))) == 1


@pytest.fixture
def processes(tmp_path):
    """A scheduler and a worker, each a process of its own, and the scheduler's address."""
    contact = str(tmp_path / "scheduler.json")
    options = [["--port", "0", "--host", "127.0.0.1"], ["--nthreads", "1", "--local-directory", str(tmp_path)]]
    started = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                f"distributed.cli.dask_{kind}",
                "--scheduler-file",
                contact,
                "--no-dashboard",
                *more,
            ],
            stderr=subprocess.DEVNULL,
        )
        for kind, more in zip(("scheduler", "worker"), options, strict=True)
    ]
    with distributed.Client(scheduler_file=contact, timeout=60) as client:
        client.wait_for_workers(1, timeout=60)
        address = client.scheduler.address
    yield *started, address
    for process in started:
        process.kill()
        process.wait()


def test_a_scheduler_that_is_killed_leaves_one_sentence_and_no_traceback_in_the_log(processes, fresh_ledger):
    scheduler, _, address = processes
    said, log = [], logging.getLogger("distributed.client")
    listener = logging.Handler()
    listener.emit = lambda record: said.append(record.getMessage())
    log.addHandler(listener)

    def kill_after_the_first_round():
        deadline = monotonic() + 60
        while not list(fresh_ledger.glob("*.json")) and monotonic() < deadline:
            sleep(0.05)
        scheduler.kill()

    level, killer = log.level, threading.Thread(target=kill_after_the_first_round)
    killer.start()
    with pytest.raises(ConnectionError, match=LOST):
        experiment.run({"slow": SLOW}, 20, where=address)
    killer.join()
    log.removeHandler(listener)
    assert not said and log.level == level and list(fresh_ledger.glob("*.json"))


def test_a_process_of_this_machine_that_is_killed_is_one_sentence(fresh_ledger):

    def kill_after_the_first_round():
        deadline = monotonic() + 60
        while not list(fresh_ledger.glob("*.json")) and monotonic() < deadline:
            sleep(0.05)
        for pid in children():  # joblib keeps them from one run to the next
            os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_after_the_first_round)
    killer.start()
    with pytest.raises(RuntimeError, match=r"ended a process that was training.*Finished rounds are kept"):
        experiment.run({"slow": SLOW}, 6, where=2)
    killer.join()
    assert list(fresh_ledger.glob("*.json"))


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children() if "popen_loky" in " ".join(child.cmdline())}


def test_a_scheduler_without_workers_is_told(fresh_ledger):
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0") as empty,
        pytest.raises(ConnectionError, match=r"has no workers: start some with dask worker"),
    ):
        experiment.run({"a": TINY}, 1, where=empty.scheduler_address)


def test_a_worker_with_another_version_of_lib_is_refused(address, monkeypatch):
    monkeypatch.setattr(cluster, "fingerprint", lambda recipe: "another")
    with pytest.raises(RuntimeError, match="a worker runs another version of lib"):
        experiment.run({"a": TINY}, 1, where=address)


def test_a_class_that_a_learner_defines_goes_to_the_workers(address):
    space = {"__name__": "__main__"}
    exec("from lib.recipes import Loss\nclass Mine(Loss):\n    pass\n", space)  # as in a notebook
    own = replace(TINY, loss=space["Mine"]())
    table = experiment.run({"own": own, "book": TINY}, 1, where=address)
    assert table["test_accuracy"].nunique() == 1
