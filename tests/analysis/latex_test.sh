#!/bin/bash
# speedup_tables.tex compiles as it is in a minimal article, with more tables
# than LaTeX holds at a time and none wider than the page; and so does every
# .tex file of a folder tables/ beside it. Skipped with a message without LaTeX.
set -euo pipefail

if ! command -v pdflatex >/dev/null || ! kpsewhich booktabs.sty >/dev/null; then
  exec tests/testing/skip.sh \
    "no pdflatex with booktabs (./setup.sh --with-browser installs it)"
fi

failures=0
fail() {
  echo "$*" >&2
  failures=$((failures + 1))
}

# The records again at eight other accuracies: a complete run and more.
many() {
  awk -F, -v OFS=, '{ print }
    NR > 1 { eps = $4; for (i = 1; i <= 8; ++i) { $4 = eps * (1 + i / 50); print } }' "$1"
}

records=$TEST_SRCDIR/local_sgd/tests/regression
for data in w8a w8a_surrogate many; do
  folder=$(mktemp -d "$TEST_TMPDIR/latex.XXXXXX")
  if [ "$data" = many ]; then
    many "$records/measured_speedup_w8a.csv" >"$folder/measured_speedup.csv"
  else
    cp "$records/measured_speedup_$data.csv" "$folder/measured_speedup.csv"
  fi
  "$TEST_SRCDIR/local_sgd/analysis/programs/tables" --input="$folder" >/dev/null
  cd "$folder"
  for table in speedup_tables.tex tables/*.tex; do
    [ -e "$table" ] || continue
    cat >article.tex <<END
\\documentclass{article}
\\usepackage{booktabs}
\\begin{document}
\\input{$table}
\\end{document}
END
    # What LaTeX writes for itself goes into the test's folder too.
    if ! HOME=$folder TEXMFVAR=$folder/var pdflatex -interaction=nonstopmode \
      -halt-on-error article.tex >log.txt || ! grep -q 'Output written' log.txt; then
      fail "$data: $table does not compile: $(tail -n 20 log.txt)"
    elif grep 'Overfull .hbox' log.txt; then
      fail "$data: $table has a table that is wider than the page"
    fi
  done
  if [ "$data" = many ]; then
    tables=$(grep -c 'begin{table}' speedup_tables.tex)
    [ "$tables" -gt 60 ] || fail "$tables tables, expected more than LaTeX holds"
  fi
done
exit $((failures > 0))
