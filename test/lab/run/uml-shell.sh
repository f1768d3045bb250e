#!/bin/bash
# One shell session on a serial line inside User Mode Linux: reads its request, file $1, runs it, tells its status by a mark on the line.
. "$1" # sets mark, rows, columns, TERM, raw and the array cmd
export TERM
if [ "$raw" = yes ]; then
  stty raw -echo
else
  stty sane -ixon rows "$rows" cols "$columns"
fi
"${cmd[@]}"
status=$?
stty raw -echo
printf '%s%s\n' "$mark" "$status"
