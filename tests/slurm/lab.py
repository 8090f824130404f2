"""A real SLURM of two nodes on one machine, for tests: munged, slurmctld and a slurmd for each node, all in one folder.

    eval "$(python tests/slurm/lab.py up)"      start it; the line that it prints puts its commands on PATH
    python tests/slurm/lab.py down              cancel what runs there, end its daemons, remove its folder

Everything is below /tmp/simcore-slurm-<user>, on free ports; nothing in /etc or of another SLURM is touched. Commands of
SLURM find it by scripts in `bin/`, not by SLURM_CONF, which Snakemake's plugin takes out of the environment of its jobs.
Packages (Debian, Ubuntu): munge slurmctld slurmd slurm-client; `up` installs them if it may (root, apt).
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

PROGRAMS = {"munged": "munge", "slurmctld": "slurmctld", "slurmd": "slurmd", "sbatch": "slurm-client"}
COMMANDS = ("sbatch", "srun", "salloc", "squeue", "scancel", "scontrol", "sinfo", "sacct", "sacctmgr")
NODES, CPUS = 2, 4             # CPUs that each node says it has: enough for what the tests run at once
PLACES = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"       # daemons are not on everybody's PATH

CONF = """\
ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=10
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
TmpFS={folder}/tmp-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=UsePss,OverMemoryKill
SwitchType=switch/none
MpiDefault=none
SlurmdParameters=config_overrides
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=500
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=0
KillWait=2
SlurmdTimeout=30
MessageTimeout=20
MinJobAge=300
EnforcePartLimits=ALL
PropagateResourceLimits=NONE
AccountingStorageType=accounting_storage/none
PartitionName=test Nodes=ALL Default=YES MaxTime=1440 DefaultTime=10 State=UP
"""


class Lab:
    """The SLURM in a folder: what runs there, how to talk to it."""

    def __init__(self, folder: Path | None = None):
        self.folder = folder or Path("/tmp") / f"simcore-slurm-{getpass.getuser()}"
        self.path = f"{self.folder}/bin:{PLACES}"

    def start(self) -> Lab:
        """Start it afresh; RuntimeError, with what the daemons said, if it cannot be had."""
        self.stop()
        self._install()
        for name in ("bin", "munge", "state", "log", *(f"tmp-n{i + 1}" for i in range(NODES))):
            (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o755)
        self._configure()
        self._daemon("munged", "munged", "--foreground", "--force", f"--key-file={self.folder}/munge/key",
                     f"--socket={self.folder}/munge/socket", f"--pid-file={self.folder}/munge/pid",
                     f"--log-file={self.folder}/log/munged.log", f"--seed-file={self.folder}/munge/seed")
        self._until(lambda: (self.folder / "munge/socket").exists(), "munged")
        self._daemon("slurmctld", "slurmctld", "-D", "-f", self.folder / "slurm.conf")
        for i in range(NODES):
            self.start_node(f"n{i + 1}")
        self._until(lambda: self.states() == {f"n{i + 1}": "idle" for i in range(NODES)}, "slurmctld")
        return self

    def start_node(self, node: str) -> None:
        """Start the daemon of a node."""
        self._daemon(node, "slurmd", "-D", "-N", node, "-f", self.folder / "slurm.conf")

    def stop(self) -> None:
        """Cancel all jobs, end the daemons that were started here, remove the folder."""
        if self._alive("slurmctld"):
            with contextlib.suppress(RuntimeError, subprocess.TimeoutExpired):
                self.run("scancel", "--user", getpass.getuser())
                self._until(lambda: not self.run("squeue", "-h"), "cancelling", seconds=15)
        for file in sorted(self.folder.glob("*.started"), reverse=True):        # slurmctld, nodes, munged
            self.kill(file.stem, signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self, daemon: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End a daemon by its process id; by force if it does not go in ten seconds."""
        for last, sign in ((False, how), (True, signal.SIGKILL)):
            pid = self._alive(daemon)
            if pid:
                os.kill(pid, sign)
                with contextlib.suppress(RuntimeError):
                    self._until(lambda: not self._alive(daemon), daemon, seconds=2 if last else 10)
        (self.folder / f"{daemon}.started").unlink(missing_ok=True)

    def run(self, *command: object, timeout: float = 60) -> str:
        """What a command of SLURM prints; RuntimeError if it fails."""
        done = subprocess.run(list(map(str, command)), env={**os.environ, "PATH": self.path}, text=True, timeout=timeout,
                              capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{command} failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def resume(self, node: str) -> None:
        """Take a node back that was drained or down; it may have come back by itself."""
        with contextlib.suppress(RuntimeError):
            self.run("scontrol", "update", f"nodename={node}", "state=resume")
        self._until(lambda: self.states().get(node) in ("idle", "mixed", "allocated"), node)

    def states(self) -> dict[str, str]:
        """{node: state}, without the marks of states that pass."""
        with contextlib.suppress(RuntimeError):
            lines = self.run("sinfo", "-h", "-N", "-o", "%N %T").splitlines()
            return {node: state.rstrip("*~#") for node, state in map(str.split, lines)}
        return {}

    def jobs(self, comment: str = "", folder: Path | str = "") -> list[dict[str, str]]:
        """Jobs of the last five minutes, oldest first; those whose comment (rule and wildcards, of Snakemake's jobs) has this
        text and that were sent from this folder.
        """
        fields = {"id": "%A", "state": "%T", "limit": "%l", "nodes": "%N", "memory": "%m", "cpus": "%C", "folder": "%Z",
                  "comment": "%k"}
        lines = self.run("squeue", "-h", "-t", "all", "-o", "|".join(fields.values())).splitlines()
        jobs = sorted((dict(zip(fields, line.split("|"), strict=False)) for line in lines), key=lambda job: int(job["id"]))
        return [job for job in jobs if comment in job["comment"] and str(folder) in job["folder"]]

    def _install(self) -> None:
        missing = [package for program, package in PROGRAMS.items() if not shutil.which(program, path=PLACES)]
        if not missing:
            return
        if os.geteuid() or not shutil.which("apt-get"):
            raise RuntimeError(f"SLURM is not installed: {', '.join(missing)} missing (make slurm installs it as root)")
        quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "check": False, "stdout": subprocess.PIPE,
                 "stderr": subprocess.STDOUT, "text": True}
        subprocess.run(["apt-get", "update", "-qq"], **quiet)
        done = subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends",
                               "-o", "DPkg::Lock::Timeout=120", *missing], **quiet)
        if done.returncode:
            raise RuntimeError(f"apt-get install {' '.join(missing)} failed: {done.stdout[-500:]}")

    def _configure(self) -> None:
        host = os.uname().nodename.partition(".")[0]
        conf = CONF.format(host=host, folder=self.folder, user=getpass.getuser(), ports=(ports := free_ports(NODES + 1)))
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20 * 8 // 10 // NODES
        for i, port in enumerate(ports[1:], start=1):
            conf += (f"NodeName=n{i} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={CPUS} "
                     f"RealMemory={memory} State=UNKNOWN\n")
        (self.folder / "slurm.conf").write_text(conf)
        (self.folder / "cgroup.conf").write_text("CgroupAutomount=no\n")
        (self.folder / "munge/key").write_bytes(os.urandom(128))
        (self.folder / "munge/key").chmod(0o400)
        for name in COMMANDS:
            script = self.folder / "bin" / name
            script.write_text(f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {shutil.which(name, path=PLACES)} "$@"\n')
            script.chmod(0o755)

    def _daemon(self, name: str, program: str, *arguments: object) -> None:
        """Start a daemon; its process id is kept in <name>.started."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM_", "SBATCH_", "SRUN_"))}
        with (self.folder / "log" / f"{name}.out").open("ab") as out:
            process = subprocess.Popen([shutil.which(program, path=PLACES), *map(str, arguments)], stdout=out,
                                       stderr=out, stdin=subprocess.DEVNULL, start_new_session=True, cwd=self.folder,
                                       env={**clean, "PATH": self.path})
        (self.folder / f"{name}.started").write_text(str(process.pid))

    def _alive(self, name: str) -> int | None:
        """Process id of a daemon, if it is one of ours and more than a zombie."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self.folder / f"{name}.started").read_text())
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
            ours = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].rpartition(b"/")[2]
            return pid if state != "Z" and ours.decode() in PROGRAMS else None
        return None

    def _until(self, condition: object, what: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                log = "".join(file.read_text(errors="replace")[-800:] for file in self.folder.glob(f"log/{what}*"))
                raise RuntimeError(f"{what} does not answer after {seconds:g} s: {log}")
            time.sleep(0.1)


def free_ports(n: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(n)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


if __name__ == "__main__":
    lab = Lab()
    if sys.argv[1:] == ["up"]:
        lab.start()
        print(f"export PATH={lab.folder}/bin:$PATH")
    elif sys.argv[1:] == ["down"]:
        lab.stop()
    else:
        sys.exit(__doc__)
