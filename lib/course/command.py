"""The command line: ``python -m lib --help``."""

import argparse
import difflib
import os
import sys

import pandas as pd

from lib.compare import summary
from lib.course import recorded, reproduce, weights
from lib.course.studies import STUDIES
from lib.experiment import Per

PLACES = "processes of this machine (−1, the default, is one for each core), or the address of a Dask scheduler"


def main(arguments: list[str] | None = None) -> None:
    """Raises ValueError, OSError and ConnectionError with one clear line; ``python -m lib`` prints just that."""
    parser = argparse.ArgumentParser(prog="python -m lib", description="The course's long experiments.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_reproduce(commands.add_parser("reproduce", help="the five reports: published numbers beside reruns"))
    _add_run(commands.add_parser("run", help="run a recorded experiment and write results/NAME.csv"))
    commands.add_parser("weights", help=f"train the record for the lab's drawings and write results/{weights.NAME}")
    options = parser.parse_args(arguments)
    {"reproduce": _reproduce, "run": _run, "weights": _weights}[options.command](options)


def _add_reproduce(command: argparse.ArgumentParser) -> None:
    command.description = "Without options: the table of what is recorded in results/. Any other option runs systems."
    command.add_argument("--report", metavar="LETTER", help="A to E")
    command.add_argument("--system", metavar="NAME", help="a name from --list")
    command.add_argument("--list", action="store_true", help="systems, parameters, estimated cost")
    command.add_argument("--csv", action="store_true", help="with --list: as CSV, accuracies as fractions")
    command.add_argument("--rounds", type=int, help="how many rounds to run (10)")
    command.add_argument("--data", choices=["sample", "mnist"], help="digits to run on (mnist)")
    command.add_argument("--protocol", choices=reproduce.PROTOCOLS, help="clean, or what the report's code did (clean)")
    command.add_argument("--where", type=_place, help=PLACES)


def _place(word: str) -> int | str:
    """A number of processes, or the address of a scheduler."""
    return int(word) if word.lstrip("-").isdigit() else word


def _reproduce(options: argparse.Namespace) -> None:
    systems = reproduce.choose(options.report, options.system)
    if options.csv and not options.list:
        raise ValueError("--csv goes with --list")
    if options.rounds is not None and options.rounds < 1:
        raise ValueError(f"--rounds must be at least 1, not {options.rounds}")
    if options.list:
        _print_list(reproduce.listing(systems), options.csv)
        return
    names = ("protocol", "rounds", "data", "where")
    chosen = {name: value for name in names if (value := getattr(options, name)) is not None}
    started = chosen or options.system or options.report
    _print(reproduce.run(systems, **chosen) if started else reproduce.recorded_table(systems))


def _print_list(table: pd.DataFrame, csv: bool) -> None:
    if csv:
        print(table.drop(columns="seconds").to_csv(index=False), end="")
        return
    _print(table.assign(seconds=table["seconds"].round(1)).rename(columns={"seconds": "seconds a round"}))


def _print(table: pd.DataFrame) -> None:
    print(table.to_string(index=False, na_rep="–"))


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(STUDIES)}")
    command.add_argument("--where", type=_place, default=-1, help=PLACES)


def _run(options: argparse.Namespace) -> None:
    for name in options.names:
        if name not in STUDIES:
            near = difflib.get_close_matches(name, STUDIES) or STUDIES
            raise ValueError(f"no recorded experiment is called {name!r}; try {', '.join(near)}")
    for name in options.names or STUDIES:
        study = STUDIES[name]()
        table = recorded.complete(name, study, options.where)
        print(f"results/{name}.csv\n{_shown(table, study.per).round(3)}\n")


def _weights(options: argparse.Namespace) -> None:
    accuracy = weights.train()
    print(f"results/{weights.NAME}: {accuracy:.1%} of the test pairs of round {weights.ROUND}, each asked once")


def _shown(table: pd.DataFrame, per: Per) -> pd.DataFrame | pd.Series:
    """The heart of a recorded table, by system."""
    if per == "round":
        return summary(table)[["parameters", "mean", "low", "high", "seconds"]]
    systems = table.groupby("system", sort=False)
    if per == "mistake":
        return systems.size().rename("wrong pairs")
    return systems[["epoch", "train_accuracy", "test_accuracy"]].last()


def call() -> None:
    """``main`` for the command line: what went wrong is one line."""
    try:
        main()
    except KeyboardInterrupt:
        os.write(2, b"\nstopped; what is finished is kept, and the same command goes on from there\n")
        sys.exit(130)
    except BrokenPipeError:  # as in: python -m lib reproduce | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, RuntimeError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
