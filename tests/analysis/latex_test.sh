#!/bin/bash
# speedup_tables.tex compiles as it is in a minimal article, and so does every
# .tex file of a folder tables/ beside it. Skipped with a message without LaTeX.
set -euo pipefail

if ! command -v pdflatex >/dev/null || ! kpsewhich booktabs.sty >/dev/null; then
  echo "skipped: no pdflatex with booktabs (./setup.sh --with-browser installs it)"
  cat >"$XML_OUTPUT_FILE" <<END
<testsuites><testsuite name="latex_test" tests="1" skipped="1">
<testcase name="Latex"><skipped message="no pdflatex with booktabs"/></testcase>
</testsuite></testsuites>
END
  exit 0
fi

failures=0
for data in w8a w8a_surrogate; do
  folder=$(mktemp -d "$TEST_TMPDIR/latex.XXXXXX")
  cp "$TEST_SRCDIR/local_sgd/tests/regression/measured_speedup_$data.csv" \
    "$folder/measured_speedup.csv"
  "$TEST_SRCDIR/local_sgd/analysis/tables" --input="$folder" >/dev/null
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
      echo "$data: $table does not compile:" >&2
      tail -n 20 log.txt >&2
      failures=$((failures + 1))
    fi
  done
done
exit $((failures > 0))
