"""Settings of the Jupyter server that opens this pack. Jupyter Server reads this file from its config path.

start.py puts this folder on that path, and postBuild copies the file to where Binder looks.
"""

import os
import warnings

c = get_config()  # noqa: F821  (Jupyter puts this name here)


def tidy(*, model, path, contents_manager, **kwargs):
    """Make a notebook that is being saved fit to be reopened. A save never fails because of this."""
    try:
        from nhsreform.notebooks import save_hook

        save_hook.pre_save(model=model, path=path, contents_manager=contents_manager, **kwargs)
    except Exception as error:
        contents_manager.log.warning("The pack could not tidy %s before saving it: %s", path, error)


# Jupyter applies its settings twice, and warns that the hook takes its own place.
warnings.filterwarnings("ignore", message=r"Overriding existing pre_save_hook \(tidy\) with a new one \(tidy\)")
c.ContentsManager.pre_save_hook = tidy

# start.py has printed the address already, and has given this server folders of its own. What a whole computer is set to,
# as in /etc/jupyter, would still say otherwise, also where it names a class more closely.
if os.environ.get("NHSREFORM_STARTED"):
    c.ServerApp.contents_manager_class = "jupyter_server.services.contents.largefilemanager.AsyncLargeFileManager"
    c.ServerApp.identity_provider_class = "jupyter_server.auth.identity.PasswordIdentityProvider"
    c.ServerApp.base_url, c.ServerApp.certfile, c.ServerApp.port = "/", "", int(os.environ["JUPYTER_PORT"])
    for name in ("FileContentsManager", "LargeFileManager", "AsyncFileContentsManager", "AsyncLargeFileManager"):
        c[name].pre_save_hook = tidy
    for name in ("IdentityProvider", "PasswordIdentityProvider"):
        c[name].token = os.environ["JUPYTER_TOKEN"]
        c[name].hashed_password = ""
    c.PasswordIdentityProvider.password_required = False

# The pack works without a network: JupyterLab does not ask for news, for a newer version or for extensions.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"

# A kernel runs this before its first cell, so that a cell which lacks `nr` is told what to run first; not what a user's
# own setting names.
from importlib.util import find_spec  # noqa: E402
from os import environ, path  # noqa: E402

_pack = find_spec("nhsreform")
if _pack is not None and _pack.origin:
    environ["PYTHONSTARTUP"] = path.join(path.dirname(_pack.origin), "notebooks", "kernel_start.py")
