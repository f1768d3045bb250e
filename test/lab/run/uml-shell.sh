#!/bin/bash
# One shell session on a serial line inside User Mode Linux: reads its request, file $1, runs it, tells its status by a mark on the line.
. "$1" # sets mark, rows, columns, TERM, raw and the array cmd
export TERM
if [ "$raw" = yes ]; then
  stty raw -echo
else
  stty sane -ixon rows "$rows" cols "$columns"
fi
trap : HUP # a hang-up ends the command; the line is given back all the same
# This script was started in the background, where bash has interrupts ignored.
env --default-signal "${cmd[@]}"
status=$?
stty raw -echo 2>/dev/null
printf '%s%s\n' "$mark" "$status"
