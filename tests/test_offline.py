"""No command looks up a host or leaves a file in the folders of the user or of the system."""

import os
import shutil
import subprocess
import sys

import pytest

PLACES = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
SWITCHES = {"ORT_DISABLE_TELEMETRY", "TORCHINDUCTOR_CACHE_DIR", "PYTHONPYCACHEPREFIX"}
TRACE = ["strace", "-f", "-qq", "-e", "trace=%network,creat,mkdir,mkdirat,open,openat"]


@pytest.fixture
def home(tmp_path):
    """An empty folder, the home of `run`'s user."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def temporary(tmp_path):
    """An empty folder, where `run`'s user has temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def run(home, temporary, tmp_path, copy_model, copy_files):
    """Runs a command of seqcli, behind the words of `before` if there are any."""
    train, dev = copy_files
    small = ["--updates", "2", "--embedding", "8", "--hidden", "8", "--quiet"]
    commands = {
        "translate": ["translate", "--model", copy_model, "ba", "do"],
        "eval": ["eval", "--model", copy_model, dev, "--json"],
        "train": ["train", train, "--dev", dev, "--model", tmp_path / "model", *small],
    }

    def run(name, before=()):
        kept = {name: value for name, value in os.environ.items() if name not in SWITCHES}
        done = subprocess.run(
            [*map(str, [*before, sys.executable, "-m", "seqcli", *commands[name]])],
            capture_output=True,
            cwd=tmp_path,
            env=kept | dict.fromkeys(PLACES, str(home)) | {"TMPDIR": str(temporary)},
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()

    return run


@pytest.mark.parametrize("command", ["translate", "train"])
def test_nothing_is_left_in_the_folders_of_the_user(command, run, home, temporary):
    run(command)
    assert not list(home.rglob("*"))
    assert not list(temporary.rglob("*"))


@pytest.mark.parametrize("command", ["translate", "eval"])
def test_no_host_is_looked_up_and_no_file_made(command, run, home, tmp_path):
    probe = [*TRACE, "-o", os.devnull, "true"]
    if not shutil.which("strace") or subprocess.run(probe, check=False).returncode:
        pytest.skip("needs strace, and the right to trace")
    log = tmp_path / "calls"
    run(command, [*TRACE, "-o", log])
    calls = log.read_text(encoding="utf-8").splitlines()
    assert any("openat(" in call for call in calls)
    assert not [call for call in calls if "socket(" in call or "/etc/resolv.conf" in call]
    made = [call for call in calls if "O_CREAT" in call or " mkdir" in call]
    assert not [call for call in made if str(home) in call]
