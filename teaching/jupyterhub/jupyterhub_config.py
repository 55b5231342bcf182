"""A department's JupyterHub for the pack: one machine, one Unix user for each student. README.md beside this file explains it."""

import asyncio
import hashlib
import os
import pwd
import re
import resource
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from jupyterhub.auth import Authenticator
from jupyterhub.spawner import LocalProcessSpawner

c = get_config()  # noqa: F821  (JupyterHub puts this name here)

PLACE = Path(os.environ.get("WHO_COMMISSIONS", "/opt/who-commissions"))
HOMES = Path(os.environ.get("WHO_COMMISSIONS_HOMES", "/srv/students"))
STATE = Path(os.environ.get("WHO_COMMISSIONS_STATE", "/srv/who-commissions-hub"))

sys.path.insert(0, str(PLACE / "hub"))
import class_list  # noqa: E402


class ClassList(Authenticator):
    """Lets in who is on the list, with the password of that name."""

    async def authenticate(self, handler, data):
        """Return the name, or None where the password is not its own."""
        name = self.normalize_username(data["username"])
        if await asyncio.to_thread(class_list.is_right, name, data["password"]):
            return name
        await asyncio.sleep(1)
        return None


# --- what a department changes ----------------------------------------------------------------------------------------

# Who looks after the hub, by the name with which they log in.
c.Authenticator.admin_users = {"technician"}

# For a trial: the names on a list, each with its own password; class_list.py makes both. For your single sign-on, put these two
# lines in place of the one below, and the settings of your provider under them (package: oauthenticator):
#   c.JupyterHub.authenticator_class = "generic-oauth"
#   c.GenericOAuthenticator.username_claim = "preferred_username"
c.JupyterHub.authenticator_class = ClassList
# Whoever the authenticator lets in may use the hub.
c.Authenticator.allow_all = True

# Behind the department's web server, which speaks https and passes web sockets on.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"

# A server without work is stopped after so many seconds; what was saved stays.
IDLE = 3600

# What one student may use. Kernels and terminals are within it.
GIB = 1 << 30
LIMITS = {
    resource.RLIMIT_AS: 4 * GIB,  # memory that one process may ask for; what it uses is far less
    resource.RLIMIT_NPROC: 300,  # processes and threads of one student
    resource.RLIMIT_FSIZE: GIB // 4,  # one file
    resource.RLIMIT_NOFILE: 4096,
    resource.RLIMIT_CORE: 0,
}
# Where systemd runs the servers, or Kubernetes, these hold for all of a student's processes together.
c.Spawner.mem_limit = "1G"
c.Spawner.cpu_limit = 1.0

# --- what stays -------------------------------------------------------------------------------------------------------


def unix_name(name):
    """Return the Unix user of a student: never one that the system has, whatever somebody calls themselves."""
    if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,26}", name):
        return f"nhs-{name}"
    return f"nhs--{hashlib.sha256(name.encode()).hexdigest()[:24]}"


def home_of(name):
    """Return a student's home: called as the student is, so that whoever collects sees whose it is."""
    folder = quote(name, safe="@")
    return HOMES / (f"%2E{folder[1:]}" if folder.startswith(".") else folder)


def make_home(spawner):
    """Make a student's Unix user and home, which nobody else can look into. Run by the hub before each start."""
    name, home = unix_name(spawner.user.name), home_of(spawner.user.name)
    HOMES.mkdir(mode=0o711, parents=True, exist_ok=True)
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        subprocess.run(
            ["/usr/sbin/useradd", "--create-home", "--home-dir", str(home), "--user-group", "--shell", "/bin/bash",
             "--key", "HOME_MODE=0700", name],
            check=True,
        )  # fmt: skip
        user = pwd.getpwnam(name)
    there = home.lstat()
    if there.st_uid != user.pw_uid or there.st_mode & 0o077:
        raise RuntimeError(f"{home} is not {name}'s alone. Type: chown -R {name}: {home}; chmod 700 {home}")


class StudentSpawner(LocalProcessSpawner):
    """Runs a student's server as the student's Unix user, within the limits above."""

    def make_preexec_fn(self, name):
        """Return what the new process does before it becomes the student's server."""
        become = super().make_preexec_fn(unix_name(name))

        def preexec():
            os.umask(0o077)
            for what, most in LIMITS.items():
                resource.setrlimit(what, (most, most))
            become()

        return preexec

    def user_env(self, env):
        """Return the environment with the Unix user's home and name."""
        user = pwd.getpwnam(unix_name(self.user.name))
        return env | {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name, "SHELL": user.pw_shell}


STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
c.JupyterHub.db_url = f"sqlite:///{STATE}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")
c.ConfigurableHTTPProxy.command = [str(PLACE / "proxy" / "node_modules" / ".bin" / "configurable-http-proxy")]

c.JupyterHub.spawner_class = StudentSpawner
c.Spawner.pre_spawn_hook = make_home
c.Spawner.cmd = ["/bin/sh", str(PLACE / "hub" / "student.sh")]
c.Spawner.notebook_dir = "~/who-commissions"
c.Spawner.default_url = "/lab/tree/notebooks/00-start-here.ipynb"
c.Spawner.env_keep = ["LANG", "LC_ALL"]
c.Spawner.environment = {
    "PATH": f"{PLACE / 'env' / 'bin'}:/usr/local/bin:/usr/bin:/bin",
    "NHSREFORM_WORK": "~/who-commissions/my-work",
    # One core is enough for these tables; with more threads a class would stand in its own way.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
c.Spawner.args = [
    # What a kernel says would else pass over ports that every other student of this machine can listen to.
    "--KernelManager.transport_encryption=required",
    f"--MappingKernelManager.cull_idle_timeout={IDLE}",
]
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={IDLE}"],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]
