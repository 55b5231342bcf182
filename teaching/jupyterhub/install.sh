#!/bin/sh
# Puts the hub, or a newer pack for it, into /opt/who-commissions. Run as root, in the pack's folder:
#   sh teaching/jupyterhub/install.sh
# Options of `nhsreform release` may follow, such as --exercises 01,02.
set -eu

place=${WHO_COMMISSIONS:-/opt/who-commissions}
python=${PYTHON:-/usr/bin/python3}
umask 022

if [ ! -x "$place/env/bin/python" ]; then
    mkdir -p "$place"
    "$python" -m venv "$place/env"
fi
"$place/env/bin/python" -m pip install --quiet --no-deps --require-hashes --only-binary :all: -r requirements.txt
"$place/env/bin/python" -m pip install --quiet --only-binary :all: -r teaching/jupyterhub/requirements.txt
if ! command -v npm >/dev/null; then
    echo "There is no npm, so no proxy is installed: a hub that has its own, as on Kubernetes, needs none."
elif [ ! -x "$place/proxy/node_modules/.bin/configurable-http-proxy" ]; then
    npm install --silent --no-audit --no-fund --prefix "$place/proxy" configurable-http-proxy@5.3.0
fi

# The class bundle: the pack without the worked answers. It is whole before it takes the old one's place.
rm -rf "$place/new"
PYTHONPATH=src "$place/env/bin/python" -m nhsreform.commands release "$place/new" "$@"
mkdir -p "$place/hub"
cp teaching/jupyterhub/student.sh teaching/jupyterhub/class_list.py "$place/hub/"
# A department's own settings stay.
[ -e "$place/hub/jupyterhub_config.py" ] || cp teaching/jupyterhub/jupyterhub_config.py "$place/hub/"
rm -rf "$place/old"
[ ! -e "$place/pack" ] || mv "$place/pack" "$place/old"
mv "$place/new" "$place/pack"
rm -rf "$place/old"
cd "$place/pack"
"$place/env/bin/python" postBuild
"$place/env/bin/python" -m compileall -q "$place/env/lib" src || true
chmod -R go-w,a+rX "$place"
"$place/env/bin/python" -m pip check
echo "All is in $place. Start the hub:  $place/env/bin/jupyterhub -f $place/hub/jupyterhub_config.py"
