"""The two files that Binder and conda need, as text made from the lock: nothing is kept in step by hand.

`nhsreform build` writes what these functions return; a test compares it with the files that are there.
"""

import re

PIN = re.compile(r"(?P<pin>[\w.-]+==[^\s;]+)(?P<marker> ; [^\\]+?)?(?: \\)?")

ENVIRONMENT_HEAD = """\
# Made from requirements.txt by `nhsreform build`: change the lock, not this file.
# By hand: conda env create -f environment.yml, conda activate nhsreform, python postBuild, jupyter lab
name: nhsreform
channels:
  - conda-forge
dependencies:
  - python=3.12
  - pip
  - pip:
"""

# A Python file, so that it runs on Windows too.
POST_BUILD = '''\
#!/usr/bin/env python
"""Install the pack itself into the environment that environment.yml made. Made by `nhsreform build`.

Binder runs this file; by hand, type: python postBuild
"""

import pathlib
import shutil
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent
install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "-e", "."]
subprocess.run(install, cwd=root, check=True)

# Jupyter does not look for settings in the folder it is started in, so they go where it does look.
settings = pathlib.Path(sys.prefix, "etc", "jupyter")
(settings / "labconfig").mkdir(parents=True, exist_ok=True)
shutil.copy(root / "jupyter_server_config.py", settings)
shutil.copy(root / "labconfig" / "page_config.json", settings / "labconfig")
'''


def environment_yml(lock_text: str) -> str:
    """Return environment.yml with every pin of the lock, its marker kept and its hashes left out.

    Hashes are left out because conda gives the whole list to pip at once, and pip then wants a hash for
    everything in it. Raises ValueError for a line of the lock that is neither a pin nor a hash.
    """
    lines = []
    for line in lock_text.splitlines():
        if not line or line.startswith(("    --hash=", "#")):
            continue
        pin = PIN.fullmatch(line)
        if pin is None:
            raise ValueError(f"this line of the lock is neither a pin nor a hash: {line}")
        # Double quotes, because a marker holds single ones and a bare ` ;` or `#` may mean something to YAML.
        lines.append(f'      - "{pin["pin"]}{pin["marker"] or ""}"\n')
    return ENVIRONMENT_HEAD + "".join(lines)
