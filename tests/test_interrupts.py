"""What a signal does to small programs, in each phase that `seqcli.interrupts` knows."""

import os
import select
import signal
import subprocess
import sys
import time

import pytest

from seqcli.interrupts import stop_on_ctrl_c

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent by POSIX calls")

START = """
import os, signal, sys, threading, time
from seqcli.interrupts import at_end, signals_watched, stop_on_signal, unwinding

def say(text):
    os.write(1, text.encode() + b"\\n")

def wait(seconds=30):
    say("ready")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)

def wait_in_one_call():
    \"\"\"No signal interrupts it, and so no handler is called, once it sleeps.\"\"\"
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    threading.Timer(0.3, say, ["ready"]).start()
    time.sleep(30)

"""
INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


def ended(program, *signals, ignored=()):
    """Run a program, send the signals once it is ready, 0.3 s apart; its exit code, what it
    said then, and the seconds from the last signal to the end. It must say nothing on stderr."""
    ignore = "".join(f"signal.signal({int(each)}, signal.SIG_IGN)\n" for each in ignored)
    with subprocess.Popen(
        [sys.executable, "-c", START + ignore + program], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n", process.communicate()
        for number, each in enumerate(signals):
            time.sleep(0.3 if number else 0)
            process.send_signal(each)
        begin = time.monotonic()
        said, shown = process.communicate(timeout=20)
        assert shown == b""
        return process.returncode, said.decode().split(), time.monotonic() - begin


@pytest.mark.parametrize("wait", ["wait()", "wait_in_one_call()"])
@pytest.mark.parametrize("number", [INT, TERM, HUP])
def test_a_signal_ends_the_process_at_once_after_the_actions(wait, number):
    code, said, seconds = ended(
        f"""
with signals_watched(), at_end(lambda: say("first")), at_end(lambda: 1 / 0):
    with at_end(lambda: say("over")):
        pass
    with at_end(lambda: say("last")):
        {wait}
""",
        number,
    )
    assert (code, said) == (128 + number, ["last", "first"])
    assert seconds < 5


UNWINDING = """
with signals_watched():
    with at_end(lambda: say("ended")), unwinding():
        try:
            {}
        finally:
            time.sleep(0.3)
            say("cleaned")
"""


def test_a_signal_unwinds_and_a_second_does_not_disturb_it():
    for signals in ([TERM], [INT, INT]):
        program = UNWINDING.format("wait()")
        if len(signals) == 2:
            program = program.replace("0.3", "0.6")
        code, said, _ = ended(program, *signals)
        assert (code, said) == (128 + signals[0], ["cleaned"])


def test_what_cannot_be_unwound_ends_all_the_same():
    code, said, seconds = ended(UNWINDING.format("wait_in_one_call()"), INT)
    assert (code, said) == (130, ["ended"])
    assert 1.8 < seconds < 10


def test_a_signal_just_before_a_system_call_is_not_lost():
    """Where it comes between the last look for signals and the call, the call is not interrupted;
    the same happens where another thread receives it."""
    receive = """
            def receive():
                signal.pthread_kill(threading.get_ident(), signal.SIGINT)
            read, write = os.pipe()
            threading.Timer(0.2, receive).start()
            say("ready")
            os.read(read, 1)
"""
    code, said, seconds = ended(UNWINDING.format(receive.strip()))
    assert (code, said) == (130, ["cleaned"])
    assert seconds < 10


LEARNING = """
with signals_watched(), at_end(lambda: say("ended")):
    with stop_on_signal(lambda: say("stopping")) as stop:
        stop.unsaved = True
        say("ready")
        while not stop():
            time.sleep(0.01)
        {}
"""


def test_a_training_is_saved_at_the_first_signal():
    for signals in ([INT], [TERM, HUP], [HUP, HUP]):
        program = LEARNING.format("time.sleep(0.6); say('saved')")
        code, said, _ = ended(program, *signals)
        assert (code, said) == (128 + signals[0], ["stopping", "saved"])


@pytest.mark.parametrize("second", [INT, TERM])
@pytest.mark.parametrize("save", ["wait()", "wait_in_one_call()"])
def test_a_second_signal_ends_a_training_at_once(save, second):
    code, said, seconds = ended(LEARNING.format(save), HUP, second)
    said = [word for word in said if word != "ready"]
    assert (code, said) == (128 + second, ["stopping", "ended"])
    assert seconds < 5


def test_a_signal_ends_a_training_that_is_saved():
    code, said, _ = ended(LEARNING.format("").replace("stop.unsaved = True", "wait()"), TERM)
    assert (code, said) == (143, ["ended"])


def test_an_ignored_signal_stays_ignored():
    code, said, _ = ended(
        "with signals_watched():\n    wait(0.7)\n    say('done')", HUP, INT, ignored=[HUP, INT]
    )
    assert (code, said) == (0, ["done"])


def test_a_terminal_that_is_paused_does_not_hold_up_the_end():
    code, _, seconds = ended(
        "with signals_watched(), at_end(lambda: time.sleep(30)):\n    wait()", TERM
    )
    assert code == 143
    assert seconds < 10


def test_ctrl_c_in_a_program_of_somebody_else():
    handler = signal.getsignal(INT)
    with stop_on_ctrl_c() as stop, pytest.raises(KeyboardInterrupt):  # there is nothing to save
        signal.raise_signal(INT)
    with stop_on_ctrl_c() as stop:
        stop.unsaved = True
        signal.raise_signal(INT)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(INT)
    assert signal.getsignal(INT) is handler
    signal.signal(INT, signal.SIG_IGN)
    try:
        with stop_on_ctrl_c() as stop:
            stop.unsaved = True
            signal.raise_signal(INT)
            assert not stop()
        assert signal.getsignal(INT) is signal.SIG_IGN
    finally:
        signal.signal(INT, handler)


def test_ctrl_c_may_cancel_one_thing_alone():
    from seqcli.interrupts import CancelledError, cancelled_by_ctrl_c

    read, write = os.pipe()
    os.set_blocking(write, False)
    before, descriptor = signal.getsignal(signal.SIGINT), signal.set_wakeup_fd(write)
    try:
        with pytest.raises(CancelledError), cancelled_by_ctrl_c():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is before
        assert signal.set_wakeup_fd(-1) == write
        assert select.select([read], [], [], 0)[0] == []  # what ends the command has heard nothing
    finally:
        signal.set_wakeup_fd(descriptor)
        os.close(read)
        os.close(write)
