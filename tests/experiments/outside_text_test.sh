#!/bin/bash
# A data set, an output folder and a list of iterations whose names are not
# UTF-8 and have a newline and the special characters of a shell, JSON, CSV,
# LaTeX, HTML and gnuplot: every program runs, what it writes can be read by
# others, and no terminal gets a control character.
set -euo pipefail

root=$TEST_SRCDIR/local_sgd
folder=$(mktemp -d "$TEST_TMPDIR/outside.XXXXXX")
hostile=$'=caf\xe9 \n\x1b[31m"\'$HOME`\\x41\\ <b>%#&~^_{}@,;*|\xe4\xb8\xad\xe2\x80\xae'
shown='\x3dcaf\xe9 \x0a\x1b[31m"'\''$HOME`\x5cx41\ <b>%#&~^_{}@,;*|中\xe2\x80\xae'
mkdir "$folder/$hostile"
data=$folder/$hostile/$hostile.svm
out=$folder/$hostile/out

fail() {
  echo "$*" >&2
  exit 1
}

# 100 samples that a plane almost divides.
awk 'BEGIN {
  for (i = 0; i < 120; i++) {
    printf "%d", (i * 7 % 5 < 2) ? 1 : -1
    for (j = 1; j <= 6; j++)
      if ((i * j + i) % 4 < 2) printf " %d:%s", j, ((i * 7 % 5 < 2) == (j % 2)) ? "1" : "0.5"
    print ""
  }
}' >"$data"

# run NAME PROGRAM FLAGS...: exit code 0, and messages without control
# characters, bytes that are not UTF-8, or words of an exception.
run() {
  local name=$1 program=$root/$2
  shift 2
  "$program" "$@" >"$folder/$name.out" 2>"$folder/$name.err" ||
    fail "$name: $(cat "$folder/$name.err")"
  python3 - "$name" "$folder/$name.out" "$folder/$name.err" <<'END'
import sys
for path in sys.argv[2:]:
    text = open(path, 'rb').read().decode('utf-8')  # or an error
    for c in text:
        if (ord(c) < 32 and c != '\n') or 127 <= ord(c) < 160 or c == '\u202e':
            sys.exit('%s: control character %r in %s' % (sys.argv[1], c, path))
    for line in text.split('\n') if path.endswith('.err') else []:
        if len(line) > 2000 or 'exception' in line or 'terminate' in line:
            sys.exit('%s: %s' % (sys.argv[1], line))
END
}

printf '1 5 20\n' >"$folder/$hostile/list"
run local_sgd experiments/single/local_sgd --dataset="$data" --output_dir="$out/one" \
  --workers=2 --synchronisation="list:$folder/$hostile/list" \
  --max_iterations=50 --format=json
run constants experiments/single/problem_constants --dataset="$data" --output_dir="$out/one"
run measured experiments/measured_speedup/measured_speedup --dataset="$data" \
  --output_dir="$out/one" --step_size=tuned,theory --epsilon=0.02 --batch=1 \
  --periods=1,2 --workers=1,2 --max_gradients=100000
run reproduce experiments/reproduce --quick --dataset="$data" \
  --output_dir="$out/all" --data_url=$'https://x/\xff'
run tables analysis/programs/tables --input="$out/all"
run figures analysis/programs/figures --input="$out/all" --only=figure3
run report analysis/programs/report --input="$out/all"
run verify experiments/verify --input="$out/all" --output_dir="$out/all"
run compare analysis/programs/compare "$out/all" "$out/all"
grep -qF -- "dataset $shown.svm, sha256" "$folder/local_sgd.err" ||
  fail "the name is $(head -1 "$folder/local_sgd.err")"

# A wrong line, and a folder that cannot be made, in one line each.
printf '1 1:1\nx\n' >"$folder/$hostile/wrong"
for flags in "--dataset=$folder/$hostile/wrong --output_dir=$out/one" \
  "--dataset=$data --output_dir=$data/x"; do
  IFS=$'\x01' read -r -d '' -a arguments <<<"${flags/ --/$'\x01'--}" || true
  for program in single/local_sgd measured_speedup/measured_speedup \
    asynchronous/asynchronous; do
    code=0
    "$root/experiments/$program" "${arguments[0]}" "${arguments[1]%$'\n'}" \
      >"$folder/out" 2>"$folder/err" || code=$?
    [ "$code" -eq 1 ] || [ "$code" -eq 2 ] || fail "$program: code $code"
    [ "$(grep -c . "$folder/err")" -le 2 ] || fail "$program: $(cat "$folder/err")"
    ! LC_ALL=C grep -q $'\x1b' "$folder/err" || fail "$program: a control character"
  done
done

# What others read.
python3 - "$out" "$shown" <<'END'
import csv, html.parser, json, os, sys, xml.dom.minidom
folder, shown = os.fsencode(sys.argv[1]), sys.argv[2] + '.svm'
seen = set()

class Page(html.parser.HTMLParser):
    bold = 0
    def handle_starttag(self, tag, attributes):
        self.bold += tag == 'b'

for where, _, names in os.walk(folder):
    for name in names:
        path = os.path.join(where, name)
        ending = os.path.splitext(os.fsdecode(name))[1]
        seen.add(ending)
        contents = open(path, 'rb').read()
        if ending == '.pdf':
            continue
        text = contents.decode('utf-8')
        if ending == '.json':
            value = json.loads(text)
            if 'dataset' in value:
                assert value['dataset'] == shown, (path, value['dataset'])
        elif ending == '.jsonl':
            for line in text.splitlines():
                assert json.loads(line)['dataset'] == shown, path
        elif ending == '.csv':
            for row in csv.DictReader(open(path, newline='', encoding='utf-8')):
                assert row.get('dataset') in (None, '', shown), (path, row)
        elif ending == '.html':
            page = Page()
            page.feed(text)
            assert page.bold == 0, path
        elif ending == '.svg':
            xml.dom.minidom.parseString(contents)
        for c in text:
            assert ord(c) >= 32 or c in '\n\t', (path, c)
for ending in '.json', '.jsonl', '.csv', '.html', '.svg', '.tex', '.md', '.txt':
    assert ending in seen, ending
END
[ ! -e "$out/all/measured_speedup.journal" ] || fail "the journal is left over"

# LaTeX, where it is.
if command -v pdflatex >/dev/null && kpsewhich booktabs.sty >/dev/null; then
  mkdir "$folder/latex"
  cp "$out"/all/*.tex "$folder/latex"
  cd "$folder/latex"
  for table in *.tex; do
    printf '%s\n' '\documentclass{article}' '\usepackage{booktabs}' \
      '\begin{document}' "\\input{$table}" '\end{document}' >"$folder/latex/a.latex"
    HOME=$folder TEXMFVAR=$folder/var pdflatex -interaction=nonstopmode \
      -halt-on-error a.latex >log.txt 2>&1 || fail "$table: $(tail -n 20 log.txt)"
  done
else
  echo "no pdflatex with booktabs: whether the tables compile was not tried"
fi
