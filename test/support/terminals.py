"""Runs commands in pseudo-terminals: a list of jobs as JSON on standard input, what each wrote and its exit code out.

A job is {"argv": [...], "cwd": "...", "env": {...}, "columns": 80}, and, to type something in, {"until": "text that is
waited for", "send": "keys"}.
"""
import concurrent.futures
import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios


def run(job):
    ours, theirs = pty.openpty()
    size = struct.pack("HHHH", 40, job["columns"], 0, 0)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)

    def own_terminal():
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        job["argv"],
        cwd=job["cwd"],
        env={**os.environ, **job["env"]},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=own_terminal,
        close_fds=True,
    )
    os.close(theirs)
    output = b""
    waits = job.get("until")
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
        if waits is not None and waits.encode() in output:
            os.write(ours, job["send"].encode())
            waits = None
    os.close(ours)
    return {"output": output.decode().replace("\r\n", "\n"), "code": process.wait()}


with concurrent.futures.ThreadPoolExecutor(4) as pool:
    json.dump(list(pool.map(run, json.load(sys.stdin))), sys.stdout)
