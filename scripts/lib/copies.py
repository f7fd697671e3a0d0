# SPDX-License-Identifier: BSL-1.0
"""Copies of this repository in which something is broken on purpose, and the engines built over them."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["CMakeLists.txt", "cmake", "core", "spec", "props", "fuzz", "tests", "backends"]


class Environment(Exception):
    """What keeps the work from being done at all, and what to do about it."""


def tracked_files():
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "--", *FOLDERS],
                            capture_output=True, text=True)
    if listed.returncode:
        raise Environment(f"git cannot list the repository's files: {listed.stderr.strip()}")
    return sorted(pathlib.Path(name) for name in listed.stdout.splitlines() if (ROOT / name).is_file())


def copy_repository(to, instead):
    """Makes `to` a copy of the working tree, but for the files of `instead`: their contents by name. What is the same
    already keeps its time, so that little is built again."""
    wanted = set(instead)
    for name, content in instead.items():
        write(to / name, content)
    for name in tracked_files():
        if name not in wanted:
            wanted.add(name)
            write(to / name, (ROOT / name).read_bytes(), executable=os.access(ROOT / name, os.X_OK))
    for old in [path for path in to.rglob("*") if path.is_file()]:
        inside = old.relative_to(to)
        if inside.parts[0] != "build" and inside not in wanted:
            old.unlink()


def write(path, content, executable=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_bytes() == content:
        return
    path.write_bytes(content)
    if executable:
        path.chmod(0o755)


def configure(tree, *options):
    """A build folder with the engines and their tests, by clang, quickly compiled."""
    build = tree / "build"
    run_or_fail(["cmake", "-S", tree, "-B", build, "-G", "Ninja", "-DCMAKE_CXX_COMPILER=clang++",
                 "-DCMAKE_BUILD_TYPE=None", "-DCMAKE_COMPILE_WARNING_AS_ERROR=OFF", "-DCMAKE_CXX_FLAGS=-O1 -w",
                 "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-DGUESTCLOCK_BUILD_TESTS=ON", "-DGUESTCLOCK_BUILD_PROOFS=ON", "-DGUESTCLOCK_BUILD_FUZZ=ON",
                 "-DGUESTCLOCK_BUILD_BENCH=OFF",
                 "-DGUESTCLOCK_BUILD_BACKENDS=OFF", "-DGUESTCLOCK_BUILD_TOOLS=OFF", *options])
    return build


def run_or_fail(command):
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if ran.returncode:
        lines = (ran.stdout + ran.stderr).strip().splitlines()
        raise Environment("\n".join([f"{pathlib.Path(str(command[0])).name} failed:"] +
                                    [line[:300] for line in lines[-20:]]))
    return ran.stdout


class Result:
    """How a program ended: its status, negative for a signal, None where it was stopped after its time."""

    def __init__(self, status, output):
        self.status, self.output = status, output


def run(command, seconds, environment=None, folder=None):
    """Runs a program in a process group of its own; when its time is up, the whole group ends."""
    process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})}, cwd=folder,
                               start_new_session=True, text=True, errors="replace")
    try:
        output, _ = process.communicate(timeout=seconds)
        return Result(process.returncode, output)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return Result(None, output or "")
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def save(path, text):
    """Writes a file whole, or leaves the old one: a full disk loses nothing. What is no file is written as it is."""
    is_device = path.exists() and not path.is_file()
    target = path if is_device else path.with_name(path.name + ".new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "w") as file:
            file.write(text)
            file.flush()
            if not is_device:
                os.fsync(file.fileno())
        if not is_device:
            os.replace(target, path)
    except OSError as error:
        if not is_device:
            target.unlink(missing_ok=True)
        raise Environment(f"{path} cannot be written: {error.strerror}; what it held is kept") from error


def progress(text):
    if sys.stderr.isatty():
        columns = shutil.get_terminal_size().columns
        print(f"\r\033[K{text[:columns - 1]}", end="", file=sys.stderr, flush=True)


def run_command(name, main, ended):
    """Ends the program with main's status: 2, and a sentence, where its environment fails it or somebody ends it. Asked
    to end, also in the background, it does as on Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        sys.exit(main())
    except Environment as problem:
        progress("")
        print(f"{name}: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        progress("")
        print(f"{name}: ended early; {ended}", file=sys.stderr)
    sys.exit(2)
