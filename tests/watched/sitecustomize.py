"""Writes down what a Python process does with the network, files and other processes.

Python imports this module when it starts, if its folder is on PYTHONPATH. The file that WATCH_LOG
names gets a line of JSON for each event: its name and its arguments as text. Python reports its own
calls (`sys.addaudithook`), not those of compiled libraries.
"""

import json
import os
import sys

CHANGES = {
    "os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink",
    "os.truncate", "os.utime",
}  # fmt: skip
PROCESSES = {"os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

log = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def is_of_interest(event, arguments):
    if event == "open":
        return bool(arguments[2] & WRITES)
    if event == "import":
        return arguments[0] == "onnxruntime"
    if event == "socket.gethostname":  # asks the system alone
        return False
    return event.startswith(("socket.", "urllib.")) or event in CHANGES | PROCESSES


def write_down(event, arguments):
    if is_of_interest(event, arguments):
        telemetry = os.environ.get("ORT_DISABLE_TELEMETRY", "")
        details = [telemetry] if event == "import" else [str(each) for each in arguments]
        os.write(log, (json.dumps([event, *details]) + "\n").encode())


sys.addaudithook(write_down)
