#!/bin/sh
# test.sh SOURCE BUILD: installs what was built, builds examples/translate against it, and holds its translations against
# those of the program.
set -eu
source=$1 build=$2
work=$build/tests/install
rm -rf "$work"
mkdir -p "$work"
cmake --install "$build" --prefix "$work/prefix" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
{
  cmake -G Ninja -S "$source/examples/translate" -B "$work/example" -DCMAKE_PREFIX_PATH="$work/prefix" \
    -DCMAKE_BUILD_TYPE=Release && cmake --build "$work/example"
} >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
# All headers stand beside each other.
(cd "$work/prefix/include" && find gamana -name '*.h' | sed 's/.*/#include "&"/') >"$work/all.cpp"
"${CXX:-c++}" -std=c++20 -fsyntax-only -I"$work/prefix/include" "$work/all.cpp"

for language in en kn; do
  head -n 300 "$source/examples/en-kn/train.$language" >"$work/train.$language"
  head -n 4 "$source/examples/en-kn/valid.$language" >"$work/valid.$language"
done
gamana=$work/prefix/bin/gamana
"$gamana" train translation --train-source "$work/train.en" --train-target "$work/train.kn" \
  --valid-source "$work/valid.en" --valid-target "$work/valid.kn" --vocab-size 400 --vocab-type bpe --width 32 \
  --encoder-layers 1 --decoder-layers 1 --max-steps 8 --threads 1 --out "$work/model" 2>"$work/log" ||
  { cat "$work/log"; exit 1; }
"$gamana" translate -m "$work/model" "$work/valid.en" >"$work/expected"
"$work/example/translate" "$work/model" <"$work/valid.en" >"$work/found"
cmp "$work/expected" "$work/found"
[ -s "$work/found" ]
if "$work/example/translate" "$work/nowhere" </dev/null 2>"$work/log"; then exit 1; fi
grep -q "source.spm is missing" "$work/log"
