"""Who may log in during a trial: a list of names, each with a password of its own that this file makes.

    python class_list.py class.csv

adds the names in the column `student` that are new, and prints name and password, to be handed out. The list keeps no password,
only what a password can be checked against. A name whose line you delete from the list can no longer log in, and gets a new
password the next time.
"""

import csv
import hashlib
import os
import secrets
import sys
from pathlib import Path

LIST = Path(os.environ.get("WHO_COMMISSIONS_STATE", "/srv/who-commissions-hub")) / "class-list.csv"
# Without signs that are taken for each other. Twelve of them cannot be guessed.
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


def sealed(password, salt):
    """Return what a password is checked against."""
    return hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=1 << 14, r=8, p=1).hex()


def read(path=LIST):
    """Return {name: (salt, sealed password)}; none where there is no list yet."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["student"]: (row["salt"], row["sealed"]) for row in csv.DictReader(file)}


def is_right(name, password, path=LIST):
    """Return whether a name is on the list, and the password is its own. It takes as long for a name that is not there."""
    salt, seal = read(path).get(name, ("00", ""))
    return secrets.compare_digest(sealed(password, salt), seal)


def add(names, path=LIST):
    """Add the names that are new to the list; return {name: password} of these."""
    entries = read(path)
    # JupyterHub takes every name in small letters.
    new = {
        name: "".join(secrets.choice(SIGNS) for _ in range(12)) for name in map(str.lower, names) if name not in entries
    }
    for name, password in new.items():
        salt = secrets.token_hex(16)
        entries[name] = (salt, sealed(password, salt))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    with open(
        os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline=""
    ) as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["student", "salt", "sealed"])
        rows.writerows([name, *entry] for name, entry in entries.items())
    os.replace(scratch, path)
    return new


def main(path):
    """Read a class list and print the names that are new, with their passwords, as CSV."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if "student" not in (reader.fieldnames or ()):
            sys.exit(f"{path} has no column student.")
        names = [row["student"].strip() for row in reader if row["student"].strip()]
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(["student", "password"])
    rows.writerows(add(names).items())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
