#!/bin/sh
# test.sh SOURCE BUILD: installs what was built, builds the examples against it, and holds what they print against what the
# program does.
set -eu
source=$1 build=$2
work=$build/tests/install
rm -rf "$work"
mkdir -p "$work"
cmake --install "$build" --prefix "$work/prefix" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
# Where packages are missing and neither root nor sudo is at hand, it is said what an administrator has to run.
mkdir -p "$work/bin"
ln -s "$(command -v grep)" "$work/bin/grep"
printf '#!/bin/sh\necho 1000\n' >"$work/bin/id"
chmod +x "$work/bin/id"
if PATH=$work/bin /bin/sh "$source/tools/prepare.sh" 2>"$work/log"; then exit 1; fi
grep -q "apt-get install .* libdnnl-dev " "$work/log"

build_example() {
  name=$1
  shift
  {
    cmake -G Ninja -S "$source/examples/$name" -B "$work/$name" -DCMAKE_PREFIX_PATH="$work/prefix" \
      -DCMAKE_BUILD_TYPE=Release "$@" && cmake --build "$work/$name"
  } >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}
build_example translate
# Text alone asks for nothing that only models and pictures need.
build_example tokenize -DCMAKE_DISABLE_FIND_PACKAGE_OpenMP=ON
if grep -E '^(DNNL|HWY|PANGO)_' "$work/tokenize/CMakeCache.txt"; then exit 1; fi
# All headers stand beside each other.
(cd "$work/prefix/include" && find gamana -name '*.h' | sed 's/.*/#include "&"/') >"$work/all.cpp"
"${CXX:-c++}" -std=c++20 -fsyntax-only -I"$work/prefix/include" "$work/all.cpp"

# So do the programs that the documents show compile.
cat "$source/README.md" "$source"/docs/*.md | awk -v work="$work" '
  /^```cpp$/ { file = work "/document-" ++n ".cpp"; next }
  /^```$/ { file = "" }
  file { print > file }'
grep -l "^int main" "$work"/document-*.cpp >"$work/programs"
[ "$(wc -l <"$work/programs")" -ge 5 ]
while read -r program; do "${CXX:-c++}" -std=c++20 -fsyntax-only -I"$work/prefix/include" "$program"; done <"$work/programs"

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
"$work/translate/translate" "$work/model" <"$work/valid.en" >"$work/found"
cmp "$work/expected" "$work/found"
[ -s "$work/found" ]
if "$work/translate/translate" "$work/nowhere" </dev/null 2>"$work/log"; then exit 1; fi
grep -q "source.spm is missing" "$work/log"

"$gamana" tokenizer train byte-bpe "$work/train.en" --vocab-size 400 -o "$work/tokenizer" >"$work/log"
"$gamana" tokenize -m "$work/tokenizer" --ids "$work/valid.en" | paste -d '|' - "$work/valid.en" | sed 's/|/ | /' >"$work/expected"
"$work/tokenize/tokenize" "$work/tokenizer" <"$work/valid.en" >"$work/found"
cmp "$work/expected" "$work/found"
if "$work/tokenize/tokenize" "$work/nowhere" </dev/null 2>"$work/log"; then exit 1; fi
grep -q "^tokenize: .*nowhere" "$work/log"
