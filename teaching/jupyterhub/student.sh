#!/bin/sh
# Starts a student's server, with the student's own rights: first their copy of the notebooks is brought up to date. What goes
# wrong there never keeps the server from starting.
copy=$HOME/who-commissions
nhsreform update "$copy" --news >"$HOME/.nhsreform-update.log" 2>&1
if [ $? -eq 1 ]; then
    # Something is there to be read: it opens first.
    news=$(cd "$copy" && ls -t what-is-new*.txt 2>/dev/null | head -n 1)
    [ -z "$news" ] || export JUPYTERHUB_DEFAULT_URL="/lab/tree/$news"
fi
exec jupyterhub-singleuser "$@"
