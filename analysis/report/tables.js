// Tables: sorting by a column, copying as CSV and as LaTeX. The LaTeX is what
// ToLatex of lib/records/table.cc writes.

"use strict";

const tables = (() => {
  const say = (text) => {
    document.getElementById("said").textContent = text;
  };

  const heading = (th) => th.dataset.heading ?? th.textContent;
  const shown = (cell) => cell.dataset.text ?? cell.textContent;
  // What CSV has: every bit, and nothing where a reader sees "-".
  const value = (cell) => cell.dataset.value ?? cell.textContent;

  const csvField = (text) =>
    /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

  function csv(table) {
    const lines = [[...table.tHead.rows[0].cells].map((th) => th.dataset.name)];
    for (const row of table.tBodies[0].rows) {
      lines.push([...row.cells].map(value));
    }
    return lines.map((line) => line.map(csvField).join(",") + "\n").join("");
  }

  const latexCharacters = {
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "<": "\\textless{}",
    ">": "\\textgreater{}",
    "|": "\\textbar{}",
    '"': "''",
    "[": "{[}",
    "*": "{*}",
    "\n": " ",
    "±": "$\\pm$",
  };
  const latexText = (text) =>
    text.replace(
      /[\\~^<>|"[*\n±&%$#_{}]/g,
      (c) => latexCharacters[c] ?? "\\" + c,
    );

  // How LaTeX sets a table, as in lib/records/table.cc.
  const latexSettings = [
    ["", 5.0, 12],
    ["\\small", 4.625, 12],
    ["\\small\\setlength{\\tabcolsep}{3pt}", 4.625, 6],
    ["\\footnotesize\\setlength{\\tabcolsep}{3pt}", 4.25, 6],
    ["\\scriptsize\\setlength{\\tabcolsep}{3pt}", 3.98, 6],
  ];
  const latexPage = 345;

  // The command and the columns in parts that fit on the page.
  function latexFit(widths) {
    const all = widths.map((_, i) => i);
    const points = ([, letter, space], i) => letter * widths[i] + space;
    for (const setting of latexSettings) {
      let sum = 0;
      for (const i of all) sum += points(setting, i);
      if (sum <= latexPage) return [setting[0], [all]];
    }
    const last = latexSettings[latexSettings.length - 1];
    const parts = [];
    let sum = 0;
    for (const i of all.slice(1)) {
      if (parts.length === 0 || sum + points(last, i) > latexPage) {
        parts.push([0]);
        sum = points(last, 0);
      }
      parts[parts.length - 1].push(i);
      sum += points(last, i);
    }
    return [last[0], parts.length === 0 ? [all] : parts];
  }

  function latex(table) {
    const frame = table.closest(".table");
    const notes = (where) =>
      [...frame.querySelectorAll(`.note.${where}`)]
        .map(
          (p) => `  {\\raggedright\\small ${latexText(p.textContent)}\\par}\n`,
        )
        .join("");
    const head = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows].map((row) =>
      [...row.cells].map(shown),
    );
    const lines = [head.map(heading), ...rows];
    const width = (text) => [...text].length;
    const [command, parts] = latexFit(
      head.map((_, i) => Math.max(...lines.map((line) => width(line[i])))),
    );
    const tabular = (part) => {
      const line = (cells) =>
        "    " + part.map((i) => latexText(cells[i])).join(" & ") + " \\\\\n";
      return (
        "  \\begin{tabular}{" +
        part
          .map((i) => (head[i].classList.contains("number") ? "r" : "l"))
          .join("") +
        "}\n    \\toprule\n" +
        line(lines[0]) +
        "    \\midrule\n" +
        rows.map(line).join("") +
        "    \\bottomrule\n  \\end{tabular}\n"
      );
    };
    return (
      "\\begin{table}\n  \\centering\n" +
      `  \\caption{${latexText(table.caption.textContent)}}\n` +
      `  \\label{tab:${table.dataset.label}}\n` +
      notes("above") +
      (command ? `  ${command}\n` : "") +
      parts.map(tabular).join("  \\par\\medskip\n") +
      notes("below") +
      "\\end{table}\n"
    );
  }

  // A cell as a number where it starts with one ("12 ± 3", "0.5 (K = 2)").
  function number(cell) {
    const match = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?/i.exec(value(cell));
    return match ? Number(match[0]) : NaN;
  }

  function sort(table, column) {
    const head = [...table.tHead.rows[0].cells];
    const descending = head[column].getAttribute("aria-sort") === "ascending";
    const rows = [...table.tBodies[0].rows];
    const key = (row) => row.cells[column];
    const numeric = rows.some((row) => !Number.isNaN(number(key(row))));
    // Nothing comes last either way.
    const compare = (a, b) => {
      if (!numeric) return value(key(a)).localeCompare(value(key(b)));
      const x = number(key(a));
      const y = number(key(b));
      if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
      return x - y;
    };
    rows.sort((a, b) => {
      const order = compare(a, b);
      if (Number.isNaN(order)) {
        return Number.isNaN(number(key(a))) - Number.isNaN(number(key(b)));
      }
      return descending ? -order : order;
    });
    table.tBodies[0].append(...rows);
    for (const th of head) th.removeAttribute("aria-sort");
    head[column].setAttribute(
      "aria-sort",
      descending ? "descending" : "ascending",
    );
    say(
      `Sorted by ${heading(head[column])}, ` +
        (descending ? "largest first" : "smallest first"),
    );
  }

  // Says whether it was copied, and returns that.
  async function copy(text, what) {
    let copied = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Where the browser does not let a page on disk use the clipboard.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      copied = document.execCommand("copy");
      area.remove();
    }
    say(copied ? `${what} copied` : `${what} not copied: no clipboard`);
    return copied;
  }

  function copyButton(name, title, text) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `Copy as ${name}`;
    const hidden = document.createElement("span");
    hidden.className = "unseen";
    hidden.textContent = `: ${title}`;
    button.append(hidden);
    button.addEventListener("click", async () => {
      const focused = document.activeElement;
      const outcome = (await copy(text(), name)) ? "done" : "failed";
      focused.focus();
      button.classList.add(outcome);
      setTimeout(() => button.classList.remove(outcome), 1500);
    });
    return button;
  }

  // Puts a sort button into every heading.
  function makeSortable(table) {
    [...table.tHead.rows[0].cells].forEach((th, column) => {
      const button = document.createElement("button");
      button.type = "button";
      th.dataset.heading = th.textContent;
      button.textContent = th.textContent;
      th.replaceChildren(button);
      button.addEventListener("click", () => sort(table, column));
    });
  }

  function addButtons(table) {
    const title = table.caption.textContent;
    const buttons = document.createElement("p");
    buttons.className = "buttons";
    buttons.append(
      copyButton("CSV", title, () => csv(table)),
      copyButton("LaTeX", title, () => latex(table)),
    );
    table.closest(".scroll").after(buttons);
  }

  return { addButtons, makeSortable, copy, say };
})();

for (const table of document.querySelectorAll(".table table")) {
  tables.addButtons(table);
  if (!table.classList.contains("redrawn")) tables.makeSortable(table);
}

// A closed <details> would not be printed. Records stay closed: files have them.
{
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [
      ...document.querySelectorAll("details.table:not([open], .records)"),
    ];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
}
