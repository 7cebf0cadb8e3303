#!/bin/sh
# gamana and its peers at the same jobs, in turn, on this machine: tokens per second, memory, ratios.
#   bench/compare.sh PEERS PYTHON DATA [ROUNDS] [JOB…]
# PEERS: folder of the peers' scripts (train_transformer.py, train_rnn.py, translate.py, gpt2.py); PYTHON: an interpreter that has
# torch, transformers and ctranslate2; DATA: folder with train.en, train.de, val.en, val.de. Jobs: tiny base rnn translate gpt2 start.
# Run it alone on the machine: figures of a busy one mean nothing.
set -eu
[ $# -ge 3 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
peers=$1 python=$2 data=$3 rounds=${4:-3}
if [ $# -gt 4 ]; then shift 4; jobs=$*; else jobs="tiny base rnn translate gpt2 start"; fi
gamana=$(cd "$(dirname "$0")/.." && pwd)/build/release/gamana
seconds=${BENCH_SECONDS:-15}
results=$(mktemp)
trap 'rm -f "$results"' EXIT
export OMP_NUM_THREADS="${BENCH_THREADS:-2}"
threads="--threads $OMP_NUM_THREADS"
common="--train-source $data/train.en --train-target $data/train.de --lowercase --vocab-type bpe --json --seconds $seconds $threads"

# note JOB VALUE MIB
note() { echo "$1|$2|$3" >>"$results"; echo "  $1: $2 tok/s, $3 MiB" >&2; }
ours() { # JOB COMMAND…: reads gamana's JSON
  job=$1; shift
  line=$("$gamana" "$@" | tail -n 1)
  note "$job" "$(echo "$line" | sed 's/.*"tokens_per_second":\([0-9.]*\).*/\1/')" \
    "$(echo "$line" | sed 's/.*"peak_memory_bytes":\([0-9]*\).*/\1/' | awk '{printf "%d", $1 / 1048576}')"
}
ours_in_all() { # JOB COMMAND…: in each precision
  name=$1; shift
  for precision in f32 bf16x3 bf16; do ours "$name gamana $precision" "$@" --precision $precision; done
}
torch() { # JOB SCRIPT…: reads "tok/s=N rss=M"
  job=$1; shift
  line=$(cd "$peers" && "$python" "$@" 2>/dev/null | grep 'tok/s=' | tail -n 1)
  note "$job" "$(echo "$line" | sed 's/.*tok\/s=\([0-9]*\).*/\1/')" "$(echo "$line" | sed 's/.*rss=\([0-9]*\).*/\1/')"
}

round=0
while [ "$round" -lt "$rounds" ]; do
  round=$((round + 1))
  echo "round $round of $rounds" >&2
  for job in $jobs; do
    # shellcheck disable=SC2086  # options are words
    case $job in
      tiny)
        torch "tiny PyTorch f32" train_transformer.py --seconds "$seconds"
        ours_in_all tiny bench train $common --preset tiny ;;
      base)
        torch "base PyTorch f32" train_transformer.py --d 512 --ffn 2048 --layers 6 --heads 8 --drop 0.1 --seconds "$seconds"
        torch "base PyTorch bf16" train_transformer.py --d 512 --ffn 2048 --layers 6 --heads 8 --drop 0.1 --bf16 --seconds "$seconds"
        ours_in_all base bench train $common --preset base ;;
      rnn)
        torch "rnn PyTorch f32" train_rnn.py
        ours_in_all rnn bench train $common --model rnn --width 256 --batch-tokens 1200 ;;
      translate)
        (cd "$peers" && "$python" translate.py --random 2>/dev/null) | while read -r line; do
          echo "  $line" >&2
          # CTranslate2 4.8.5 float32 workers=1 threads=2 batch=32 beam=4: 805 tok/s (…) peak 900 MiB
          echo "$line" | sed -n 's/^CTranslate2 [^ ]* \([a-z0-9]*\) workers=\([0-9]*\) threads=[0-9]* batch=\([0-9]*\) beam=\([0-9]*\): \([0-9]*\) tok.*peak \([0-9]*\).*/translate batch \3 beam \4 CTranslate2 \1, \2 workers|\5|\6/p' >>"$results"
        done
        tail="--json --seconds $seconds $threads"
        ours_in_all "translate batch 32 beam 4" bench translate --beam 4 $tail
        ours_in_all "translate batch 32 beam 1" bench translate --beam 1 $tail
        ours_in_all "translate batch 1 beam 1" bench translate --beam 1 --one-by-one $tail ;;
      gpt2)
        (cd "$peers" && "$python" gpt2.py 2>/dev/null) | while read -r line; do
          echo "  $line" >&2
          # gpt2 generate B=1 P=32 torch.float32 tok/s=33.5, gpt2 train B=4 T=256 bf16=False tok/s=169 rss=5393
          echo "$line" | sed -n 's/^\(gpt2 .*\) tok\/s=\([0-9.]*\)\( rss=\)*\([0-9]*\)$/\1 PyTorch|\2|0\4/p' >>"$results"
        done
        tail="--json --seconds $seconds $threads"
        ours_in_all "gpt2 generate B=1 P=32" bench generate --preset gpt2 --prompt-tokens 32 --max-new-tokens 64 $tail
        ours_in_all "gpt2 generate B=8 P=32" bench generate --preset gpt2 --sequences 8 --prompt-tokens 32 --max-new-tokens 64 $tail
        ours_in_all "gpt2 train B=4 T=256" bench train --preset gpt2 --batch 4 --context 256 $tail ;;
      start)
        for _ in 1 2 3 4 5 6 7 8 9 10; do
          begin=$(date +%s%N); "$gamana" --version >/dev/null; end=$(date +%s%N)
          echo "start gamana --version, ms|$(((end - begin) / 1000))|0" | awk -F'|' '{printf "%s|%.1f|0\n", $1, $2 / 1000}' >>"$results"
        done ;;
    esac
  done
done

# Medians, as a table.
echo "| job | median | MiB |"
echo "| --- | --- | --- |"
sort "$results" | awk -F'|' '
  function flush(  m) { if (n) { m = n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2; printf "| %s | %.1f | %d |\n", job, m, mib } }
  $1 != job { flush(); job = $1; n = 0; mib = 0 }
  { x = $2; for (i = n; i > 0 && v[i] > x; --i) v[i + 1] = v[i]; v[i + 1] = x; ++n; if ($3 > mib) mib = $3 }
  END { flush() }'
