#!/usr/bin/env bash
# The invoice job from end to end: a CSV of invoices goes to Kafka and comes out as totals on the
# terminal and as Delta, Parquet and CSV, each compared with the CSV by plain SQL.
#   tools/demo.sh        until everything is read (some 20 seconds)
#   tools/demo.sh live   keeps producing and running until Ctrl+C
# KAFKA_BROKERS: use that Kafka instead of the embedded broker.
# DEMO_DIR:      where to write (default build/demo).
# DEMO_RATE:     records a second of `live` (default 500).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home=${SLUICE_HOME:-$HOME/.cache/sluice}
export DEMO_DIR=${DEMO_DIR:-$root/build/demo}
export DEMO_TOPIC=invoices
sluice=${SLUICE_BIN:-$root/build/sluice}
python=$home/venv/bin/python
[ -x "$python" ] || python=python3
csv=$DEMO_DIR/Fact_Invoice.csv
own_broker= broker_pid= run_pid= producer_pid=

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi
step() { printf '\n%s==>%s %s%s%s\n' "$bold" "$plain" "$bold" "$*" "$plain"; }
note() { printf '    %s%s%s\n' "$dim" "$*" "$plain"; }
fail() { printf '\ndemo: %s\n' "$*" >&2; exit 1; }

# Whatever happens, nothing that was started here is left running.
clean_up() {
  trap - EXIT INT TERM
  local pid
  for pid in $producer_pid $run_pid; do
    kill -INT "$pid" 2>/dev/null || continue
    wait "$pid" 2>/dev/null || true
  done
  [ -z "$topic_made" ] || [ -n "$own_broker" ] ||
    "$sluice" topic delete "$DEMO_TOPIC" --brokers "$KAFKA_BROKERS" >/dev/null 2>&1 || true
  if [ -n "$broker_pid" ]; then
    kill "$broker_pid" 2>/dev/null || true
    wait "$broker_pid" 2>/dev/null || true
  fi
}
topic_made=
trap clean_up EXIT
trap 'clean_up; exit 130' INT TERM

start_broker() {
  if [ -n "${KAFKA_BROKERS:-}" ]; then
    step "Kafka at $KAFKA_BROKERS"
    return
  fi
  step "A Kafka broker, embedded in sluice"
  own_broker=yes
  # It announces itself under SLUICE_HOME; beside another embedded broker of the user it needs its own.
  export SLUICE_HOME=$DEMO_DIR/broker
  mkdir -p "$SLUICE_HOME"
  # Its own process group: Ctrl+C is for the pipeline first.
  set -m
  "$sluice" broker --port 0 >"$DEMO_DIR/broker.log" 2>&1 </dev/null &
  broker_pid=$!
  set +m
  until KAFKA_BROKERS=$(grep -oE '127\.0\.0\.1:[0-9]+' "$DEMO_DIR/broker.log" | head -1) && [ -n "$KAFKA_BROKERS" ]; do
    kill -0 "$broker_pid" 2>/dev/null || { cat "$DEMO_DIR/broker.log" >&2; fail "the broker did not start"; }
    sleep 0.02
  done
  export KAFKA_BROKERS
  note "listening on $KAFKA_BROKERS, in memory only"
}

create_topic() {
  # A topic of that name on somebody's Kafka is not ours to touch.
  if [ -z "$own_broker" ] && "$sluice" topic list --brokers "$KAFKA_BROKERS" | grep -qE "^$DEMO_TOPIC( |$)"; then
    DEMO_TOPIC=invoices-demo-$(date +%Y%m%d-%H%M%S)-$$
    note "there is a topic 'invoices' already, so this one is called $DEMO_TOPIC"
  fi
  "$sluice" topic create "$DEMO_TOPIC" --partitions 1 --brokers "$KAFKA_BROKERS" | sed 's/^/    /'
  topic_made=yes
}

# The pipeline in the background: totals to the terminal, a line of JSON a batch to progress.jsonl.
start_pipeline() {
  set -m
  "$sluice" run "$root/examples/invoices/pipeline.yaml" --progress json \
    2>"$DEMO_DIR/progress.jsonl" </dev/null &
  run_pid=$!
  set +m
}

# Until no record is left to read.
wait_until_read() {
  until tail -n 1 "$DEMO_DIR/progress.jsonl" | grep -q '"lag":0[,}]'; do
    kill -0 "$run_pid" 2>/dev/null || pipeline_died
    sleep 0.1
  done
}

pipeline_died() {
  grep -v '^{' "$DEMO_DIR/progress.jsonl" >&2 || true
  run_pid=
  fail "the pipeline ended before everything was read; its messages are above"
}

stop_pipeline() {
  kill -INT "$run_pid"
  wait "$run_pid" || pipeline_died
  run_pid=
}

demo() {
  step "Fact_Invoice.csv: 12,000 made-up invoices, some of them dirty"
  "$root/examples/invoices/generate.py" "$csv"
  sed -n '1,4s/^/    /p' "$csv"

  start_broker
  create_topic
  step "Producing them as JSON to topic $DEMO_TOPIC"
  "$sluice" produce "$csv" --topic "$DEMO_TOPIC" --brokers "$KAFKA_BROKERS" 2>&1 | sed 's/^/    /'

  step "sluice run examples/invoices/pipeline.yaml"
  note "a batch every 5 seconds, at most 5,000 invoices each; totals per seller after each batch"
  echo
  start_pipeline
  wait_until_read
  stop_pipeline
  step "Everything is read. Ctrl+C for the pipeline; its summary"
  grep -vE '^\{| info  stopping' "$DEMO_DIR/progress.jsonl" | sed 's/^/    /'

  step "What landed, compared with the CSV by plain DuckDB SQL"
  echo
  "$python" "$root/examples/invoices/verify.py" "$csv" "$DEMO_DIR" ||
    fail "what landed is not what the CSV says; the files are in $DEMO_DIR"

  step "Look for yourself"
  note "${DEMO_DIR#"$PWD"/}/{delta,parquet,csv,dead_letter,checkpoint}; make demo-live keeps going"
}

produce_for_ever() {
  local rate=${DEMO_RATE:-500} start=1
  while :; do
    "$root/examples/invoices/generate.py" "$csv" --rows $((rate * 10)) --start "$start" --seed "$start"
    "$sluice" produce "$csv" --topic "$DEMO_TOPIC" --brokers "$KAFKA_BROKERS" --rate "$rate" >"$DEMO_DIR/producer.log" 2>&1 || {
      printf '\ndemo: no more invoices: %s\n' "$(tail -n 1 "$DEMO_DIR/producer.log")" >&2
      kill -INT "$run_pid"
      return
    }
    start=$((start + rate * 10))
  done
}

live() {
  start_broker
  create_topic
  step "sluice run examples/invoices/pipeline.yaml"
  note "fed with ${DEMO_RATE:-500} invoices a second, until Ctrl+C"
  echo
  trap 'stop_live' INT TERM
  set -m
  "$sluice" run "$root/examples/invoices/pipeline.yaml" </dev/null &
  run_pid=$!
  produce_for_ever &
  producer_pid=$!
  set +m
  wait "$run_pid" || fail "the pipeline has ended"
  run_pid=
  stop_live
}

stop_live() {
  # A second Ctrl+C is the pipeline's: it ends at once.
  trap '[ -z "$run_pid" ] || kill -INT "$run_pid"' INT TERM
  printf '\n'
  kill -- "-$producer_pid" 2>/dev/null || true
  wait "$producer_pid" 2>/dev/null || true
  producer_pid=
  if [ -n "$run_pid" ]; then
    kill -INT "$run_pid" 2>/dev/null || true
    wait "$run_pid" || true
    run_pid=
  fi
  exit 0
}

[ -x "$sluice" ] || fail "$sluice is not built yet: make build"
rm -rf "${DEMO_DIR:?}"/{delta,parquet,csv,dead_letter,checkpoint,progress.jsonl,broker,broker.log,producer.log,Fact_Invoice.csv}
mkdir -p "$DEMO_DIR"
case ${1:-} in
  "") demo ;;
  live) live ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
