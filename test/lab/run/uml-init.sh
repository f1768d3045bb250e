#!/bin/bash
# Process 1 of User Mode Linux: gives the command of /mnt/lab/command.sh a whole machine, and hands back its output and status.
# LAB_RUN comes by the kernel's command line: the run's own folder on the machine below (seen through hostfs).
# Serial lines: ttyS0 standard output, ttyS1 standard error, ttyS2 control, ttyS3 and up: shells.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LANG=C.UTF-8

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /dev/net
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
ln -sf /proc/self/fd /dev/fd
[ -e /dev/net/tun ] || mknod -m 666 /dev/net/tun c 10 200
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/lock
# What this machine itself is made of lies in /mnt: a host of the lab has a /run of its own.
mkdir -p "/dev/keep"
mapfile -t keep <"$LAB_RUN/keep"
for i in "${!keep[@]}"; do
  mkdir -p "/dev/keep/$i" && mount --bind "${keep[$i]}" "/dev/keep/$i"
done
mount --bind "$LAB_RUN" /run/lock
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir -p /mnt/lab /mnt/home /mnt/bin /mnt/modules/lib/modules
mount --move /run/lock /mnt/lab
hostname directord-lab
ip link set lo up

# The kernel asks for its modules under /lib/modules, where this machine's own lie.
ln -s "/usr/lib/uml/modules/$(uname -r)" "/mnt/modules/lib/modules/$(uname -r)"
printf '#!/bin/sh\nexec /sbin/modprobe -d /mnt/modules "$@"\n' >/mnt/bin/modprobe
chmod 755 /mnt/bin/modprobe
echo /mnt/bin/modprobe >/proc/sys/kernel/modprobe
/mnt/bin/modprobe ipv6

# A /tmp of our own too. The folders that the command needs stay visible where they are.
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /var/tmp
for i in "${!keep[@]}"; do
  mkdir -p "${keep[$i]}" && mount --bind "/dev/keep/$i" "${keep[$i]}"
done

for line in 0 1 2; do stty -F /dev/ttyS$line raw -echo; done
exec 7<>/dev/ttyS2 8>/dev/ttyS0 9>/dev/ttyS1
mark=$(cat /mnt/lab/mark)

# Control: the machine below says `shell LINE ID` (the request lies in /mnt/lab/shell.ID) or `hangup LINE`.
while read -r verb line request; do
  case $verb in
    shell) setsid --ctty bash /mnt/lab/uml-shell.sh "/mnt/lab/shell.$request" <>"/dev/ttyS$line" >&0 2>&1 7>&- 8>&- 9>&- & ;;
    hangup) pkill -HUP -t "ttyS$line" ;;
  esac
done <&7 7>&- 8>&- 9>&- &

mkfifo /run/stdout /run/stderr
cat </run/stdout >&8 7>&- 9>&- & out=$!
cat </run/stderr >&9 7>&- 8>&- & err=$!
setsid --wait bash /mnt/lab/command.sh </dev/null >/run/stdout 2>/run/stderr 7>&- 8>&- 9>&-
status=$?
# What the command left running may hold the pipes: what is in them by now is passed on, no more.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 "$out" 2>/dev/null || kill -0 "$err" 2>/dev/null || break
  sleep 0.02
done
kill "$out" "$err" 2>/dev/null
sync
printf '%s' "$mark" >&8
printf '%s' "$mark" >&9
printf 'exit %s\n' "$status" >&7
# The machine below ends this kernel now.
while :; do sleep 60; done
