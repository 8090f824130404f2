"""A warm worker of `pool.py`: a request (a line of json) in, an answer (a line of json) out, until the input ends."""

import faulthandler
import json
import os
import queue
import signal
import sys
import threading
import traceback
from pathlib import Path

requests = queue.SimpleQueue()


def listen():
    """Put requests into the queue; end this process at once, whatever it is doing, when the other side is gone."""
    for line in sys.stdin.buffer:
        requests.put(json.loads(line))
    os._exit(0)


def answer(request):
    """Simulate a point; what went wrong in one line or a few, or None."""
    from simcore import steps
    from simcore.errors import SimcoreError
    from simcore.logs import Progress, logged
    from simcore.parameters.points import Point

    try:
        with logged(request["log"], title=request["title"]):
            steps.simulate(Point.from_dict(request["point"]), request["out"], progress=Progress(),
                           beside=[Path(folder) for folder in request["beside"]],
                           inputs=[Path(file) for file in request["inputs"]],
                           command=request["command"], user=request["user"])
    except SimcoreError as error:
        return str(error)
    except Exception as error:
        return "".join(traceback.format_exception_only(error)).strip()
    return None


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)        # Ctrl-C ends a run at once
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)                                       # nothing that a model prints gets among the answers
    faulthandler.enable()
    threading.Thread(target=listen, daemon=True).start()
    while True:
        print(json.dumps({"error": answer(requests.get())}), file=answers, flush=True)
