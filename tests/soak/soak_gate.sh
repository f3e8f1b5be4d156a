# The proofs of the gate, sourced by tests/soak/soak. Each run's comparison is kept under
# ipcmark-results/soak/<revision>/, so that a proof that was ended goes on where it stopped; delete
# the directory to begin anew.

gate_cells=(--suite gate)
gate_rounds=30
# Other cells, in the words of a command line: GATE_CELLS='--placement same-cpu …' tests/soak/soak gate-…
if [[ -n ${GATE_CELLS:-} ]]; then read -r -a gate_cells <<<"$GATE_CELLS"; fi

gate_directory() {
  local directory
  directory=ipcmark-results/soak/$(git rev-parse --short HEAD)/$1
  mkdir -p "$directory"
  echo "$directory"
}

# gate_run FILE OPTIONS…: one `ipcmark ab`, unless FILE is there already. Its exit code lies beside.
gate_run() {
  local file=$1 code=0
  shift
  [[ -e $file ]] && return 0
  "$program" ab "${gate_cells[@]}" --quiet --json "$work/gate.json" "$@" >"$work/gate.txt" 2>&1 ||
    code=$?
  case $code in
    0 | 1 | 4)
      echo $code >"${file%.json}.code"
      mv "$work/gate.json" "$file"
      ;;
    *)
      cat "$work/gate.txt" >&2
      echo "this run ended with $code; begin again to go on" >&2
      exit 2
      ;;
  esac
}

# gate_tally FILES…: "0 of 60 flagged; 512 NO REGRESSION, 28 INCONCLUSIVE; pairs 24 to 30"; the
# flagged ones in detail on stderr. Its exit code is the number of flagged runs.
gate_tally() {
  /usr/bin/python3 - "$@" <<'PYTHON'
import collections, json, sys
flagged, verdicts, pairs = 0, collections.Counter(), []
for path in sys.argv[1:]:
    with open(path) as file:
        figures = [f for f in json.load(file)["figures"] if f["gated"]]
    verdicts.update(figure["verdict"] for figure in figures)
    pairs += [len(figure["base_values"]) for figure in figures]
    bad = [figure for figure in figures if figure["verdict"] == "REGRESSION"]
    flagged += bool(bad)
    for figure in bad:
        print(f"{path}: {figure['cell']} {figure['name']}: {figure['ratio']:.3f} "
              f"({figure['low']:.3f} to {figure['high']:.3f}), p {figure['p_worse']:.4f}",
              file=sys.stderr)
text = ", ".join(f"{count} {name}" for name, count in sorted(verdicts.items()))
print(f"{flagged} of {len(sys.argv) - 1} flagged; {text}; pairs {min(pairs)} to {max(pairs)}")
sys.exit(min(flagged, 250))
PYTHON
}

# How much a build differs from itself from trial to trial, by kind of cell and length of trial: from
# this the cells of a gate are chosen. One row a figure: how many pairs were usable, the deviation of
# their logarithm (by its median, so that a few outliers do not hide the rest), and the share of pairs
# that a slowdown of 15 % would bring above the threshold of 5 % (a half: never found; 30 pairs and
# 8 figures find it with a chance of 95 % from 0.87 on).
soak_gate_noise() {
  local rounds=$1 directory
  directory=$(gate_directory noise)
  gate_cells=(--scenario latency,throughput --size 64,4KiB
    --backend pipe,unix_stream,unix_seqpacket,shm_ring)
  gate_run "$directory/blocking.json" --a "$program" --b "$program" --rounds "$rounds" --seed 1 \
    --wait block --placement same-cpu,cross-cpu
  gate_cells=(--scenario latency,throughput --backend shm_ring --size 64)
  gate_run "$directory/spinning.json" --a "$program" --b "$program" --rounds "$rounds" --seed 2 \
    --wait spin
  gate_cells=(--scenario latency,throughput --backend pipe,unix_stream --size 64)
  gate_run "$directory/longer.json" --a "$program" --b "$program" --rounds "$rounds" --seed 3 \
    --wait block --duration 240ms
  /usr/bin/python3 - "$directory"/{blocking,spinning,longer}.json <<'PYTHON'
import json, math, os, statistics, sys
print("| run | cell | figure | pairs | deviation | above 5 % at 1.15 |\n|---|---|---|--:|--:|--:|")
for path in sys.argv[1:]:
    with open(path) as file:
        for figure in json.load(file)["figures"]:
            if not figure["gated"] or not figure["base_values"]:
                continue
            logs = [math.log(b / a) * (1 if figure["better"] == "lower" else -1)
                    for a, b in zip(figure["base_values"], figure["candidate_values"])]
            both = logs + [-log for log in logs]  # the labels mean nothing
            deviation = 1.4826 * statistics.median(map(abs, logs))
            above = sum(log + math.log(1.15) > math.log(1.05) for log in both) / len(both)
            print(f"| {os.path.basename(path)[:-5]} | {figure['cell']} | {figure['name']} | "
                  f"{len(logs)} | {deviation:.3f} | {above:.2f} |")
PYTHON
}

# The same build against itself: what is flagged is flagged falsely.
soak_gate_aa() {
  local count=$1 i directory flagged=0 text
  directory=$(gate_directory aa)
  for ((i = 1; i <= count; i++)); do
    gate_run "$directory/$(printf %03d "$i").json" --a "$program" --b "$program" \
      --rounds $gate_rounds --seed "$i"
  done
  text=$(gate_tally $(ls "$directory"/*.json | head -n "$count")) || flagged=$?
  row "gate-aa $count" "$text"
  ((flagged <= 1))
}

# Rounds of the build against itself, in stretches of 60: what the resampling draws from.
record_rounds() {
  local rounds=$1 directory=$2 i
  for ((i = 1; i * 60 <= rounds; i++)); do
    gate_run "$directory/$(printf %03d "$i").json" --a "$program" --b "$program" --rounds 60 \
      --seed $((1000 + i))
  done
}

soak_gate_null() {
  local rounds=$1 directory code=0
  directory=$(gate_directory rounds)
  record_rounds "$rounds" "$directory"
  build/release/gate_resample null "$directory"/*.json --rounds $gate_rounds >"$work/null" ||
    code=$?
  cat "$work/null"
  row "gate-null $rounds" "$(sed -n 's/^null: //p' "$work/null")"
  return $code
}

# slow_program RATIO FILE ROUNDS…: writes a program that runs every cell slower by RATIO: a trial of
# it spins in each send and each receive (the fault `slow`), by what the recorded rounds say a
# message takes. A spin is longer than asked by about two looks at the clock.
slow_program() {
  /usr/bin/python3 - "$program" "$@" <<'PYTHON'
import json, os, statistics, sys
program, ratio, out = os.path.abspath(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
overshoot_ns = 45
values = {}
for path in sys.argv[4:]:
    with open(path) as file:
        for figure in json.load(file)["figures"]:
            if figure["name"] == "rate" or figure["name"] == "round_trip" and figure.get("quantile") == 0.5:
                values.setdefault(figure["cell"], []).extend(figure["base_values"])
cases = ""
for cell, seen in sorted(values.items()):
    scenario, backend = cell.split("/")[:2]
    middle = statistics.median(seen)
    # A round trip has two sends and two receives; a message of a stream has one of each, and only
    # on one CPU does it wait for both.
    if scenario == "latency":
        share = middle / 4
    else:
        share = 1e9 / middle / (2 if cell.endswith("/same-cpu") else 1)
    spin = (ratio - 1) * share
    spin = max(1, round(spin - overshoot_ns))
    cases += f"""  *'"scenario":"{scenario}","backend":"{backend}"'*) ns={spin} ;;\n"""
with open(out, "w") as file:
    file.write(f"""#!/bin/sh
question=$(cat)
ns=
case $question in
{cases}esac
printf '%s' "$question" | sed "s/\\"fault\\":\\"\\"/\\"fault\\":\\"slow:$ns\\"/" | {program} "$@"
""")
os.chmod(out, 0o755)
PYTHON
}

# gate_flagged FILES…: "39 of 40 cells flagged; ratios 1.12 to 1.17"; then on a line of its own the
# share of flagged cells in per cent.
gate_flagged() {
  /usr/bin/python3 - "$@" <<'PYTHON'
import json, statistics, sys
flagged, cells, ratios = 0, 0, {}
for path in sys.argv[1:]:
    with open(path) as file:
        figures = [f for f in json.load(file)["figures"] if f["gated"]]
    for cell in {figure["cell"] for figure in figures}:
        cells += 1
        flagged += any(f["verdict"] == "REGRESSION" for f in figures if f["cell"] == cell)
    for figure in figures:
        if figure["name"] == "cpu_per_message" or "ratio" not in figure:
            continue
        ratio = figure["ratio"] if figure["better"] == "lower" else 1 / figure["ratio"]
        ratios.setdefault("/".join(figure["cell"].split("/")[:2]), []).append(ratio)
text = ", ".join(f"{cell} {statistics.median(seen):.3f}" for cell, seen in sorted(ratios.items()))
print(f"{flagged} of {cells} cells flagged; median ratios {text}")
print(100 * flagged // cells)
PYTHON
}

# live_power RATIO RUNS PERCENT ROUNDS…: real runs against a build that is slower on purpose.
live_power() {
  local ratio=$1 runs=$2 percent=$3 i directory answer
  shift 3
  directory=$(gate_directory "live-$ratio")
  slow_program "$ratio" "$directory/slow" "$@"
  slow_program 1 "$directory/same" "$@"
  # The same detour for both: a shell, and a spin of one look at the clock.
  sed -i 's/ns=[0-9]*/ns=/; s/slow:\$ns//' "$directory/same"
  for ((i = 1; i <= runs; i++)); do
    gate_run "$directory/$(printf %03d "$i").json" --a "$directory/same" --b "$directory/slow" \
      --rounds $gate_rounds --seed $((2000 + i))
  done
  answer=$(gate_flagged $(ls "$directory"/*.json | head -n "$runs"))
  row "gate-power: $runs live runs at $ratio" "$(head -n 1 <<<"$answer")"
  (($(tail -n 1 <<<"$answer") >= percent))
}

soak_gate_power() {
  local rounds=$1 runs=${2:-10} directory code=0
  directory=$(gate_directory rounds)
  record_rounds "$rounds" "$directory"
  build/release/gate_resample power "$directory"/*.json --rounds $gate_rounds >"$work/power" ||
    code=$?
  cat "$work/power"
  row "gate-power: resampled from $rounds rounds" "$(sed -n 's/^power: //p' "$work/power")"
  live_power 1.15 "$runs" 95 "$directory"/*.json || code=1
  live_power 1.10 "$runs" 80 "$directory"/*.json || code=1
  return $code
}

# disturb PID SECONDS KIND: the machine is another one for that long. 0: another process takes half of
# the CPU that the cells run on; 1: one worker of each trial is moved to another CPU.
disturb() {
  local pid=$1 end=$((SECONDS + $2)) trial workers burner
  if (($3 == 0)); then
    taskset -c "$(first_cpu)" bash -c 'while :; do :; done' &
    burner=$!
    sleep "$2"
    kill $burner 2>/dev/null
    wait $burner 2>/dev/null
    return
  fi
  while ((SECONDS < end)); do
    for trial in $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do
      read -r -a workers <"/proc/$trial/task/$trial/children"
      if ((${#workers[@]} > 0)); then
        taskset -pc "$(($(nproc) - 1))" "${workers[0]}" >/dev/null 2>&1
      fi
    done 2>/dev/null
    sleep 0.02
  done
}

# The first CPU of those this shell may use, as the command counts them.
first_cpu() {
  taskset -pc $$ | sed 's/.*: //; s/[-,].*//'
}

soak_gate_state() {
  local count=$1 i directory file pid flagged=0 text
  directory=$(gate_directory state)
  for ((i = 1; i <= count; i++)); do
    file=$directory/$(printf %03d "$i").json
    [[ -e $file ]] && continue
    (gate_run "$file" --a "$program" --b "$program" --rounds $gate_rounds --seed $((3000 + i))) &
    pid=$!
    sleep $((3 + (i * 5) % 9))
    # The subshell's child is `ipcmark ab`.
    disturb "$(cat "/proc/$pid/task/$pid/children" | tr -d ' ')" $((6 + (i * 7) % 9)) $((i % 2))
    wait $pid || exit 2
  done
  text=$(gate_tally $(ls "$directory"/*.json | head -n "$count")) || flagged=$?
  row "gate-state $count" "$text"
  ((flagged == 0))
}

# stored_run FILE OPTIONS…: one `ipcmark run`, unless FILE is there already; one that was ended goes
# on from its journal.
stored_run() {
  local file=$1 code=0 part=$1.part resume=()
  shift
  [[ -e $file ]] && return 0
  if [[ -e $part.journal ]]; then resume=(--resume "$part.journal"); fi
  "$program" run --quiet --json "$part" "${resume[@]}" "$@" >"$work/stored.txt" 2>&1 || code=$?
  if ((code != 0 && code != 5)); then  # 5: a cell failed, which the comparison says
    cat "$work/stored.txt" >&2
    echo "this run ended with $code; begin again to go on" >&2
    exit 2
  fi
  mv "$part" "$file"
}

# stored_tally FILE: "2 of 180 cells flagged; …", then on a line of its own the flagged ones in per
# cent, rounded up; in detail on stderr.
stored_tally() {
  /usr/bin/python3 - "$1" <<'PYTHON'
import collections, json, sys
with open(sys.argv[1]) as file:
    comparison = json.load(file)
judged = [f for f in comparison["figures"] if f["gated"] and f["base_values"]]
verdicts = collections.Counter(figure["verdict"] for figure in judged)
bad = [figure for figure in judged if figure["verdict"] in ("REGRESSION", "IMPROVED")]
for figure in bad:
    print(f"{figure['cell']} {figure['name']}: {figure['verdict']}, {figure['ratio']:.3f} "
          f"({figure['low']:.3f} to {figure['high']:.3f})", file=sys.stderr)
cells, flagged = {f["cell"] for f in judged}, {f["cell"] for f in bad}
alone = len(comparison["missing_in_base"]) + len(comparison["missing_in_candidate"])
text = ", ".join(f"{count} {name}" for name, count in sorted(verdicts.items()))
print(f"{len(flagged)} of {len(cells)} cells flagged; figures: {text}; {alone} cells on one side "
      f"only, {len(comparison['failed'])} failed")
print(-(-100 * len(flagged) // len(cells)) if cells else 100)
PYTHON
}

# Two stored results of one build, the second begun at least so many minutes after the first: what is
# flagged is flagged falsely. Runs of few trials before, between and after them say how much the
# figures differ from run to run; that is stored, and used. Another suite: GATE_SUITE=quick.
soak_gate_stored() {
  local minutes=$1 repeats=$2 suite=${GATE_SUITE:-standard} directory i answer wait_s
  local few=() files=()
  directory=$(gate_directory "stored-$(basename "$suite" .json)-$minutes-$repeats")
  for ((i = 1; i <= repeats; i++)); do files+=("$directory/repeat-$i.json"); done
  few=(--suite "$suite" --trials 3)
  stored_run "${files[0]}" "${few[@]}" --seed 4001
  [[ -e $directory/began ]] || date +%s >"$directory/began"
  stored_run "$directory/base.json" --suite "$suite" --seed 4100
  for ((i = 2; i < repeats; i++)); do
    stored_run "${files[i - 1]}" "${few[@]}" --seed $((4000 + i))
  done
  wait_s=$(($(cat "$directory/began") + 60 * minutes - $(date +%s)))
  if [[ ! -e $directory/candidate.json ]] && ((wait_s > 0)); then sleep "$wait_s"; fi
  stored_run "$directory/candidate.json" --suite "$suite" --seed 4200
  stored_run "${files[repeats - 1]}" "${few[@]}" --seed $((4000 + repeats))
  "$program" compare "$directory"/{base,candidate}.json --repeats "$(IFS=,; echo "${files[*]}")" \
    --variation-out "$directory/variation.json" >"$work/compare.txt" 2>&1 &&
    "$program" compare "$directory"/{base,candidate}.json --variation "$directory/variation.json" \
      --json "$directory/comparison.json" >"$work/compare.txt" 2>&1
  if [[ ! -e $directory/comparison.json ]]; then
    cat "$work/compare.txt" >&2
    exit 2
  fi
  answer=$(stored_tally "$directory/comparison.json")
  row "gate-stored $minutes, suite $(basename "$suite" .json), variation of $repeats runs" "$(head -n 1 <<<"$answer")"
  (($(tail -n 1 <<<"$answer") <= 5))
}
