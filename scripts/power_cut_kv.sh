#!/bin/bash
# Power cuts against the real metadata engine, by hand (needs root, loop devices and mkfs.ext4; not for CI).
#
#   scripts/power_cut_kv.sh PATH/TO/kv_crash_tool [rounds=20] [synced|relaxed|lying]
#
# The engine runs on ext4 in an image file. A cut is a copy of the image at one moment: it holds what reached the device and
# nothing of what the kernel still kept in memory. The writer is stopped while the copy is made, so that the copy is of one
# moment ("lying" acknowledges unsynced writes, and has to fail: it shows that a loss would be seen). The copy is mounted (ext4 replays its journal), the engine opens what is there, and every change that was
# acknowledged before the cut must be in it, whole. The next round goes on with the writer's own image.
set -eu
tool=$(realpath "$1")
rounds=${2:-20}
mode=${3:-synced}
work=$(mktemp -d)
writer=
cleanup() {
  [ -n "$writer" ] && kill -9 "$writer" 2>/dev/null && wait "$writer" 2>/dev/null
  for place in live cut; do mountpoint -q "$work/$place" && umount "$work/$place"; done
  rm -rf "$work"
}
trap cleanup EXIT

mkdir "$work/live" "$work/cut"
truncate -s 512M "$work/live.img"
mkfs.ext4 -q "$work/live.img"
mount -o loop "$work/live.img" "$work/live"

"$tool" write "$work/live/db.rocksdb" 0 "$mode" >"$work/acknowledged" &
writer=$!
lost=0
for round in $(seq "$rounds"); do
  sleep "0.$((RANDOM % 900 + 100))"
  kill -STOP "$writer"
  acknowledged=$(tail -n 1 "$work/acknowledged")
  cp --sparse=always "$work/live.img" "$work/cut.img"
  kill -CONT "$writer"
  mount -o loop "$work/cut.img" "$work/cut"
  if last=$("$tool" verify "$work/cut/db.rocksdb" "${acknowledged:-0}" "$mode"); then
    echo "round $round: acknowledged ${acknowledged:-0}, found $last"
  else
    echo "round $round: FAILED, acknowledged ${acknowledged:-0}"
    lost=$((lost + 1))
  fi
  umount "$work/cut"
done
echo "$rounds cuts, $lost failed"
[ "$lost" = 0 ]
