#!/bin/bash
# shm_ring's stream of 64 B, copied in and out and spinning, over UCX's shared-memory transport, run
# alternately on the same two CPUs. Needs ucx_perftest (Debian: ucx-utils).
#
#   bench/ucx_ratio.sh [build folder] [pairs] [bytes]
set -euo pipefail
build=${1:-build/check}
pairs=${2:-11}
bytes=${3:-64}
cpus=${CPUS:-0,1}
port=${PORT:-13337}
messages=2000000

command -v ucx_perftest >/dev/null || { echo "ucx_ratio: install ucx-utils" >&2; exit 2; }
[ -x "$build/bench_ring_limits" ] || { echo "ucx_ratio: build bench_ring_limits first" >&2; exit 2; }
export UCX_TLS=posix,sysv,cma,self UCX_WARN_UNUSED_ENV_VARS=n

# The last column of the final line is the overall rate in messages a second.
ucx_rate() {
  local options=(-t tag_bw -s "$bytes" -n "$messages" -w 100000 -p "$port" -f)
  taskset -c "${cpus%,*}" ucx_perftest "${options[@]}" >/dev/null 2>&1 &
  local server=$!
  local rate=
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    sleep 0.2
    rate=$(taskset -c "${cpus#*,}" ucx_perftest "${options[@]}" localhost 2>/dev/null |
      awk 'NF >= 8 && $NF ~ /^[0-9.]+$/ { last = $NF } END { print last }')
    [ -n "$rate" ] && break
  done
  wait "$server" || true
  echo "$rate"
}

for ((i = 0; i < pairs; ++i)); do
  single=$("$build/bench_ring_limits" --cpus "$cpus" --rate "$bytes,1")
  ucx=$(ucx_rate)
  batched=$("$build/bench_ring_limits" --cpus "$cpus" --rate "$bytes,64")
  [ -n "$ucx" ] || { echo "ucx_ratio: ucx_perftest gave no figure" >&2; exit 2; }
  echo "$single $batched $ucx"
done | python3 -c '
import math, statistics, sys
rows = [tuple(map(float, line.split())) for line in sys.stdin]
if not rows:
    sys.exit(2)
n = len(rows)
# The order statistics between which the median lies with 95 %: the sign test turned round.
k = 0
while 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2**n <= 0.05:
    k += 1
for name, column in (("each published", 0), ("batch 64", 1)):
    ratios = sorted(row[column] / row[2] for row in rows)
    low, high = (ratios[k - 1], ratios[n - k]) if k else (ratios[0], ratios[-1])
    rate = statistics.median(row[column] for row in rows) / 1e6
    ucx = statistics.median(row[2] for row in rows) / 1e6
    print(f"shm_ring {name:15} / UCX {statistics.median(ratios):7.2f} [{low:.2f}, {high:.2f}]   "
          f"{rate:.1f} over {ucx:.2f} M msg/s, {n} pairs")
'
