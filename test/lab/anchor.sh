#!/bin/bash
# Process 1 of a lab's host: holds its namespaces open until its input ends, which it does when the lab's process ends.
# $1 what processes are called, $2 the host's name, $3 the folder on disk that is its /var/lib/directord
hostname "$2"
mount -t sysfs sysfs /sys 2>/dev/null # where not allowed, /sys/class/net shows another namespace: nothing here reads it

# A /run of its own, in which the lab's folders stay.
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir -p /mnt/lock /mnt/directord
for dir in /run/lab /run/bin /run/modules /run/home; do
  [ -d "$dir" ] && mkdir "/mnt${dir#/run}" && mount --bind "$dir" "/mnt${dir#/run}"
done
mount --move /mnt /run
mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p /var/lib/nginx /var/lib/directord && mount --bind "$3" /var/lib/directord
ip link set lo up
echo ready
while read -r _; do :; done
