// The explorer: S(K) of equation (9) for the settings of the form, with the
// measured speedups on top, priced for the same network. The state stands in
// the URL's fragment, "#explorer:rho=25&...", so that it can be shared.

"use strict";

const explorer = (() => {
  const data = JSON.parse(document.getElementById("explorer-data").textContent);
  const byId = (id) => document.getElementById(id);
  const svgNs = "http://www.w3.org/2000/svg";

  // Numbers of the form: the least and largest value of each slider, which is
  // logarithmic, and whether its left end is zero. The field beside a slider
  // takes any value from `min` to `max`, of which no speedup is zero.
  const numbers = {
    rho: { low: 0.01, high: 1e5, zero: true, min: 0, max: 1e30 },
    latency: { low: 0.1, high: 1e6, zero: true, min: 0, max: 1e30 },
    bandwidth: { low: 0.001, high: 1000, min: 1e-9, max: 1e30 },
    gradient: { low: 0.01, high: 1e6, min: 1e-9, max: 1e30 },
    d: { low: 1, high: 1e10, min: 1, max: 1e15, whole: true },
    eps: { low: 1e-7, high: 1, zero: true, min: 0, max: 1e30 },
    b: { low: 1, high: 4096, min: 1, max: 1e15, whole: true },
    k: { low: 1, high: 2 ** 20, min: 1, max: 2 ** 20, whole: true },
  };
  const sliderSteps = 200;
  const choices = {
    from: ["rho", "network"],
    model: ["printed", "corollary"],
    cost: ["star", "ring", "free"],
  };
  const mostPeriods = 8;
  const mostPeriod = 1000000;

  const defaults = {
    rho: data.rho,
    latency: 50,
    bandwidth: 10,
    gradient: 2,
    d: data.d,
    eps: 0.005,
    b: 1,
    k: 32,
    from: "rho",
    model: "printed",
    cost: "ring",
    kmin: 1,
    kmax: 1024,
    h: [1, 2, 4, 8, 16],
    points: "",
  };
  let state = { ...defaults };

  // --- the state as text ---

  const severalDatasets = new Set(data.groups.map((g) => g.dataset)).size > 1;
  const groupName = (g) =>
    (severalDatasets ? `${g.dataset},` : "") +
    `${g.step_size},${g.epsilon},${g.batch}`;

  function fragment() {
    const parts = new URLSearchParams();
    for (const [key, value] of Object.entries(state)) {
      if (String(value) !== String(defaults[key])) parts.set(key, value);
    }
    return `#explorer:${parts}`;
  }

  // What the fragment says, the default for everything that it does not or
  // that is not valid.
  function stateOfFragment(text) {
    const result = { ...defaults };
    const parts = new URLSearchParams(text.slice("#explorer:".length));
    for (const [key, value] of parts) {
      if (key in numbers) {
        result[key] = validNumber(key, value) ?? defaults[key];
      } else if (key in choices) {
        if (choices[key].includes(value)) result[key] = value;
      } else if (key === "kmin" || key === "kmax") {
        if (workersOffered.includes(Number(value))) result[key] = Number(value);
      } else if (key === "h") {
        result.h = validPeriods(value) ?? defaults.h;
      } else if (key === "points") {
        if (data.groups.some((g) => groupName(g) === value)) {
          result.points = value;
        }
      }
    }
    if (result.kmax <= result.kmin) {
      result.kmin = defaults.kmin;
      result.kmax = defaults.kmax;
    }
    return withinShown(result);
  }

  // K lies where the chart shows it.
  const withinShown = (s) => ({
    ...s,
    k: Math.min(s.kmax, Math.max(s.kmin, s.k)),
  });

  // The same the other way round: what is shown reaches K.
  function showing(k) {
    const below = 2 ** Math.floor(Math.log2(k));
    const above = 2 ** Math.ceil(Math.log2(k));
    const kmin = Math.min(state.kmin, below);
    const kmax = Math.max(state.kmax, above);
    return { k, kmin, kmax };
  }

  const workersOffered = Array.from({ length: 21 }, (_, i) => 2 ** i);

  function validNumber(key, text) {
    const value = Number(text);
    const { min, max, whole } = numbers[key];
    if (String(text).trim() === "" || !Number.isFinite(value)) return undefined;
    if (value < min || value > max) return undefined;
    if (whole && !Number.isInteger(value)) return undefined;
    return value;
  }

  function validPeriods(text) {
    const periods = String(text)
      .split(/[\s,]+/)
      .filter((t) => t !== "");
    const values = [...new Set(periods.map(Number))].sort((a, b) => a - b);
    const good = values.every(
      (h) => Number.isInteger(h) && h >= 1 && h <= mostPeriod,
    );
    if (!good || values.length === 0 || values.length > mostPeriods) {
      return undefined;
    }
    return values;
  }

  // --- numbers ---

  const short = (value) => String(Number(value.toPrecision(3)));

  function rho() {
    if (state.from === "rho") return state.rho;
    return speedupModel.rhoOfNetwork(
      state.latency,
      state.bandwidth,
      state.gradient,
      state.d,
    );
  }

  // Powers of two, and K.
  function workersShown() {
    const powers = workersOffered.filter(
      (k) => k >= state.kmin && k <= state.kmax,
    );
    return [...new Set([...powers, state.k])].sort((a, b) => a - b);
  }

  const modelSpeedup = (workers, period) =>
    speedupModel.speedup(
      state.model,
      state.cost,
      rho(),
      state.eps,
      workers,
      period,
      state.b,
    );

  // The measured points of the group that is chosen, priced with its own b.
  function measuredPoints() {
    const group = data.groups.find((g) => groupName(g) === state.points);
    if (!group) return [];
    return group.points
      .map((p) => {
        const factor = speedupModel.communicationFactor(
          state.cost,
          rho(),
          p.workers,
          p.period,
          group.batch,
        );
        return {
          workers: p.workers,
          period: p.period,
          speedup: p.speedup_free / factor,
          error: p.stderr === null ? 0 : p.stderr / factor,
        };
      })
      .filter((p) => p.workers >= state.kmin && p.workers <= state.kmax);
  }

  // The H with the largest S; the smallest of equals.
  function bestPeriod(workers) {
    let best = state.h[0];
    for (const period of state.h) {
      if (modelSpeedup(workers, period) > modelSpeedup(workers, best)) {
        best = period;
      }
    }
    return best;
  }

  // --- the chart ---

  const markers = [
    (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`,
    (r) => `M${-r} ${-r}H${r}V${r}H${-r}Z`,
    (r) => `M0 ${-1.2 * r}L${1.2 * r} ${r}H${-1.2 * r}Z`,
    (r) => `M0 ${1.2 * r}L${1.2 * r} ${-r}H${-1.2 * r}Z`,
    (r) => `M0 ${-1.4 * r}L${1.4 * r} 0L0 ${1.4 * r}L${-1.4 * r} 0Z`,
    (r) => `M${-r} ${-r}L${r} ${r}M${-r} ${r}L${r} ${-r}`,
    (r) => `M0 ${-1.3 * r}V${1.3 * r}M${-1.3 * r} 0H${1.3 * r}`,
    (r) => `M${-r} ${-r}H${r}L${-r} ${r}H${r}Z`,
  ];

  function element(name, attributes, text) {
    const node = document.createElementNS(svgNs, name);
    for (const [key, value] of Object.entries(attributes)) {
      node.setAttribute(key, value);
    }
    if (text !== undefined) node.textContent = text;
    return node;
  }

  const path = (points) =>
    "M" + points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L");

  // Where labels stand so that they do not cover each other: moved apart to
  // `gap`, in the order of `wanted`, within [low, high].
  function spread(wanted, gap, low, high) {
    const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
    const places = [...wanted];
    let previous = low - gap;
    for (const i of order) {
      places[i] = Math.max(places[i], previous + gap);
      previous = places[i];
    }
    let next = high + gap;
    for (const i of order.reverse()) {
      places[i] = Math.min(places[i], next - gap);
      next = places[i];
    }
    return places;
  }

  // Powers of ten and, where there are few, of two.
  function yTicks(low, high) {
    const base = high / low > 4000 ? 10 : high / low > 64 ? 4 : 2;
    const first = Math.ceil(Math.log(low) / Math.log(base) - 1e-9);
    const last = Math.floor(Math.log(high) / Math.log(base) + 1e-9);
    const step = Math.ceil((last - first + 1) / 10);
    const ticks = [];
    for (let i = first; i <= last; i += step) ticks.push(base ** i);
    return ticks;
  }

  function tickText(value) {
    if (value >= 1e5 || value < 1e-3) {
      return value.toExponential(1).replace(/\.0e/, "e").replace("e+", "e");
    }
    return value < 1 && Math.log2(value) % 1 === 0 && value >= 1 / 64
      ? `1/${1 / value}`
      : short(value);
  }

  // The size of the chart and what its axes span: the workers shown and these
  // speedups.
  function scalesOf(svg, speedups) {
    const width = Math.max(280, Math.round(svg.parentElement.clientWidth));
    const height = Math.round(Math.min(500, Math.max(290, width * 0.66)));
    const box = { left: 48, right: width - 62, top: 12, bottom: height - 42 };
    const inset = 10;
    const all = speedups.filter((s) => s > 0 && Number.isFinite(s));
    const low = 2 ** Math.floor(Math.log2(Math.min(...all) / 1.15));
    const high = 2 ** Math.ceil(Math.log2(Math.max(...all) * 1.25));
    const x = (k) =>
      box.left +
      inset +
      ((Math.log2(k) - Math.log2(state.kmin)) /
        (Math.log2(state.kmax) - Math.log2(state.kmin))) *
        (box.right - box.left - 2 * inset);
    const y = (s) =>
      box.bottom -
      ((Math.log2(s) - Math.log2(low)) / (Math.log2(high) - Math.log2(low))) *
        (box.bottom - box.top);
    return { width, height, box, low, high, x, y };
  }

  // Grid, ticks and the names of the axes.
  function axisNodes({ width, height, box, low, high, x, y }, workers) {
    const nodes = [];
    const grid = (x1, x2, y1, y2) =>
      nodes.push(element("line", { class: "grid", x1, x2, y1, y2 }));
    const tick = (x, y, anchor, text) =>
      nodes.push(
        element("text", { class: "tick", x, y, "text-anchor": anchor }, text),
      );
    const powers = workers.filter((k) => Number.isInteger(Math.log2(k)));
    const every = Math.ceil(
      powers.length / Math.max(3, Math.floor(width / 64)),
    );
    powers.forEach((k, i) => {
      if (i % every !== 0) return;
      grid(x(k), x(k), box.top, box.bottom);
      tick(x(k), box.bottom + 17, "middle", k);
    });
    for (const s of yTicks(low, high)) {
      grid(box.left, box.right, y(s), y(s));
      tick(box.left - 6, y(s) + 4, "end", tickText(s));
    }
    const middle = (box.top + box.bottom) / 2;
    nodes.push(
      element(
        "text",
        {
          class: "axis",
          x: (box.left + box.right) / 2,
          y: height - 6,
          "text-anchor": "middle",
        },
        "workers K",
      ),
      element(
        "text",
        {
          class: "axis",
          "text-anchor": "middle",
          transform: `translate(11 ${middle}) rotate(-90)`,
        },
        "speedup S(K)",
      ),
    );
    return nodes;
  }

  // Linear speedup, cut where it leaves the box.
  function linearNodes({ box, x, y }) {
    const clip = element("clipPath", { id: "chart-box" });
    clip.append(
      element("rect", {
        x: box.left,
        y: box.top,
        width: box.right - box.left,
        height: box.bottom - box.top,
      }),
    );
    const inside = element("g", { "clip-path": "url(#chart-box)" });
    inside.append(
      element("path", {
        class: "linear",
        d: path([
          [x(state.kmin), y(state.kmin)],
          [x(state.kmax), y(state.kmax)],
        ]),
      }),
    );
    return [clip, inside];
  }

  function chosenNodes({ box, x }) {
    const at = x(state.k);
    const isRight = at > (box.left + box.right) / 2;
    return [
      element("line", {
        class: "chosen",
        x1: at,
        x2: at,
        y1: box.top,
        y2: box.bottom,
      }),
      element(
        "text",
        {
          class: "chosen-label",
          x: at + (isRight ? -5 : 5),
          y: box.bottom - 6,
          "text-anchor": isRight ? "end" : "start",
        },
        `K = ${state.k}`,
      ),
    ];
  }

  // The best H, under its curve.
  function bestNodes({ x, y }, workers, curves, best) {
    const points = workers.map((k, i) => [
      x(k),
      y(curves[state.h.indexOf(best[i])][i]),
    ]);
    return points
      .slice(1)
      .map((to, i) =>
        element("path", { class: "best", d: path([points[i], to]) }),
      );
  }

  // A marker that says what it is.
  function marked(attributes, [px, py], title) {
    const marker = element("path", {
      ...attributes,
      transform: `translate(${px.toFixed(2)} ${py.toFixed(2)})`,
    });
    marker.append(element("title", {}, title));
    return marker;
  }

  function curveNodes({ x, y }, workers, curves) {
    return state.h.flatMap((period, n) => {
      const line = curves[n].map((s, i) => [x(workers[i]), y(s)]);
      return [
        element("path", {
          class: `curve s${n}`,
          d: path(line),
          "data-period": period,
        }),
        ...line.map((at, i) =>
          marked(
            { class: `marker s${n}`, d: markers[n](3.5) },
            at,
            `K = ${workers[i]}, H = ${period}: S = ${short(curves[n][i])}`,
          ),
        ),
      ];
    });
  }

  // The names of the curves, at their right ends.
  function labelNodes({ box, y }, curves, best) {
    const ends = curves.map((line) => y(line[line.length - 1]));
    return spread(ends, 15, box.top + 6, box.bottom).map((place, n) => {
      const isBest = best[best.length - 1] === state.h[n];
      return element(
        "text",
        {
          class: `label s${n}${isBest ? " is-best" : ""}`,
          x: box.right + 8,
          y: place + 4,
        },
        `H = ${state.h[n]}`,
      );
    });
  }

  function measuredNodes({ x, y }, points) {
    return points.flatMap((p) => {
      const n = state.h.indexOf(p.period);
      const style = n < 0 ? "other" : `s${n}`;
      const at = [x(p.workers), y(p.speedup)];
      const marker = marked(
        {
          class: `measured ${style}`,
          d: markers[n < 0 ? 0 : n](5.5),
          "data-workers": p.workers,
          "data-period": p.period,
          "data-speedup": p.speedup,
        },
        at,
        `measured, K = ${p.workers}, H = ${p.period}: S = ${short(p.speedup)}`,
      );
      if (!(p.error > 0 && p.error < p.speedup)) return [marker];
      const ends = [p.speedup - p.error, p.speedup + p.error];
      const bar = element("path", {
        class: `error ${style}`,
        d: path(ends.map((s) => [at[0], y(s)])),
      });
      return [bar, marker];
    });
  }

  // "the best of these H is H = 16 for K = 2 to 64, ...", and what the chosen K
  // has.
  function summaryText(workers, best) {
    const parts = [];
    let i = 0;
    while (i < workers.length) {
      let j = i;
      while (j + 1 < workers.length && best[j + 1] === best[i]) ++j;
      parts.push(
        `H = ${best[i]} for K = ${workers[i]}` +
          (j > i ? ` to ${workers[j]}` : ""),
      );
      i = j + 1;
    }
    const atK = best[workers.indexOf(state.k)];
    return (
      `Under ${state.cost} at rho = ${short(rho())}, eps = ${state.eps}, ` +
      `b = ${state.b}, iterations ` +
      (state.model === "printed" ? "as printed" : "from Corollary 2.3") +
      `, the best of these H is ${parts.join(", ")}. ` +
      `At K = ${state.k}, S = ${short(modelSpeedup(state.k, atK))} with ` +
      `H = ${atK}` +
      (atK === state.h[0]
        ? "."
        : `, ${short(modelSpeedup(state.k, state.h[0]))} with ` +
          `H = ${state.h[0]}.`)
    );
  }

  function draw() {
    const svg = byId("chart");
    const workers = workersShown();
    const points = measuredPoints();
    const curves = state.h.map((period) =>
      workers.map((k) => modelSpeedup(k, period)),
    );
    const best = workers.map(bestPeriod);
    const scales = scalesOf(svg, [
      ...curves.flat(),
      ...points.map((p) => p.speedup),
    ]);
    const { width, height, box, low, high, x } = scales;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    // So that a reader of the page can tell what a place in the chart means.
    Object.assign(svg.dataset, {
      left: x(state.kmin),
      right: x(state.kmax),
      top: box.top,
      bottom: box.bottom,
      low,
      high,
      kmin: state.kmin,
      kmax: state.kmax,
    });
    svg.replaceChildren(
      byId("chart-title"),
      byId("chart-description"),
      ...axisNodes(scales, workers),
      ...linearNodes(scales),
      ...chosenNodes(scales),
      ...bestNodes(scales, workers, curves, best),
      ...curveNodes(scales, workers, curves),
      ...labelNodes(scales, curves, best),
      ...measuredNodes(scales, points),
    );
    const summary = summaryText(workers, best);
    byId("summary").textContent = summary;
    byId("chart-description").textContent =
      `${summary} Every value stands in the table below the chart.`;
    fillTable(workers, curves, best, points);
  }

  function fillTable(workers, curves, best, points) {
    const table = byId("values");
    const cell = (name, text, attributes = {}) => {
      const node = document.createElement(name);
      node.textContent = text;
      for (const [key, value] of Object.entries(attributes)) {
        node.setAttribute(key, value);
      }
      return node;
    };
    const head = document.createElement("tr");
    const measured = state.h.filter((h) => points.some((p) => p.period === h));
    head.append(
      cell("th", "K", {
        scope: "col",
        class: "number",
        "data-name": "workers",
      }),
      ...state.h.map((h) =>
        cell("th", `H = ${h}`, {
          scope: "col",
          class: "number",
          "data-name": `period_${h}`,
        }),
      ),
      cell("th", "best H", {
        scope: "col",
        class: "number",
        "data-name": "best_period",
      }),
      ...measured.map((h) =>
        cell("th", `measured, H = ${h}`, {
          scope: "col",
          class: "number",
          "data-name": `measured_${h}`,
        }),
      ),
    );
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(
      ...workers.map((k, i) => {
        const row = document.createElement("tr");
        if (k === state.k) row.className = "is-chosen";
        row.append(
          cell("th", k, { scope: "row", class: "number" }),
          ...state.h.map((h, n) =>
            cell("td", curves[n][i].toFixed(3), {
              class: h === best[i] ? "number is-best" : "number",
              "data-value": curves[n][i],
            }),
          ),
          cell("td", best[i], { class: "number" }),
          ...measured.map((h) => {
            const p = points.find((p) => p.period === h && p.workers === k);
            return cell("td", p ? p.speedup.toFixed(3) : "-", {
              class: "number",
              "data-value": p ? p.speedup : "",
            });
          }),
        );
        return row;
      }),
    );
    tables.makeSortable(table);
  }

  // --- the form ---

  const sliderValue = (key, position) => {
    const { low, high, zero, whole, max } = numbers[key];
    if (zero && position === 0) return 0;
    const value = Number(
      (low * (high / low) ** (position / sliderSteps)).toPrecision(3),
    );
    return whole ? Math.min(max, Math.round(value)) : value;
  };
  const sliderPosition = (key, value) => {
    const { low, high, zero } = numbers[key];
    if (value <= 0) return 0;
    const position = Math.round(
      (Math.log(value / low) / Math.log(high / low)) * sliderSteps,
    );
    return Math.min(sliderSteps, Math.max(zero ? 1 : 0, position));
  };

  function showNumber(key, value, except) {
    const field = byId(key);
    const slider = byId(`${key}-slider`);
    if (field !== except) field.value = value;
    field.removeAttribute("aria-invalid");
    if (slider !== except) slider.value = sliderPosition(key, value);
    slider.setAttribute("aria-valuetext", String(value));
  }

  // Writes the state into the form, but not into the control that it came from.
  function showState(except) {
    for (const key of Object.keys(numbers)) {
      const value = key === "rho" ? rho() : state[key];
      showNumber(
        key,
        key === "rho" && state.from === "network"
          ? Number(value.toPrecision(6))
          : value,
        except,
      );
    }
    const network = state.from === "network";
    byId("rho").disabled = byId("rho-slider").disabled = network;
    byId("network").hidden = !network;
    for (const key of Object.keys(choices)) {
      byId(`${key}-${state[key]}`).checked = true;
    }
    byId("kmin").value = state.kmin;
    byId("kmax").value = state.kmax;
    for (const option of byId("kmin").options) {
      option.disabled = Number(option.value) >= state.kmax;
    }
    for (const option of byId("kmax").options) {
      option.disabled = Number(option.value) <= state.kmin;
    }
    if (byId("h") !== except) byId("h").value = state.h.join(", ");
    byId("h").removeAttribute("aria-invalid");
    byId("points").value = state.points;
    const group = data.groups.find((g) => groupName(g) === state.points);
    const notes = [];
    if (state.b !== 1) {
      notes.push(
        "(9) has b = 1; here a step costs b gradients, so what counts is rho / b.",
      );
    }
    if (group && (group.epsilon !== state.eps || group.batch !== state.b)) {
      notes.push(
        `The points were measured at eps = ${group.epsilon} and ` +
          `b = ${group.batch}, not at what the curves have.`,
      );
    }
    if (group) {
      notes.push(
        "Measured speedups are relative to T(1, 1), those of (9) to " +
          "1 / eps: compare shapes rather than heights.",
      );
    }
    byId("explorer-note").textContent = notes.join(" ");
  }

  function update(change, control) {
    state = withinShown({ ...state, ...change });
    showState(control);
    draw();
    history.replaceState(null, "", fragment());
  }

  function invalid(control, what) {
    control.setAttribute("aria-invalid", "true");
    tables.say(what);
  }

  function readFragment() {
    if (!location.hash.startsWith("#explorer:")) return;
    state = stateOfFragment(location.hash);
    showState();
    draw();
    byId("explorer").scrollIntoView();
  }

  const change = (key, value, control) =>
    update(key === "k" ? showing(value) : { [key]: value }, control);

  for (const key of Object.keys(numbers)) {
    const field = byId(key);
    const slider = byId(`${key}-slider`);
    slider.max = sliderSteps;
    slider.addEventListener("input", () =>
      change(key, sliderValue(key, Number(slider.value)), slider),
    );
    field.addEventListener("input", () => {
      const value = validNumber(key, field.value);
      if (value === undefined) {
        invalid(
          field,
          `${field.labels[0].textContent.trim()}: expected ` +
            `${numbers[key].whole ? "a whole number" : "a number"}, at least ` +
            `${numbers[key].min} and at most ${numbers[key].max}`,
        );
      } else {
        change(key, value, field);
      }
    });
  }
  for (const [key, names] of Object.entries(choices)) {
    for (const name of names) {
      byId(`${key}-${name}`).addEventListener("change", () => {
        // The price stays where it is when it is given directly again.
        const change =
          key === "from" && name === "rho"
            ? { rho: Number(rho().toPrecision(6)) }
            : {};
        update({ ...change, [key]: name });
      });
    }
  }
  for (const key of ["kmin", "kmax"]) {
    for (const k of workersOffered) byId(key).add(new Option(k, k));
    byId(key).addEventListener("change", () =>
      update({ [key]: Number(byId(key).value) }),
    );
  }
  byId("h").addEventListener("input", () => {
    const periods = validPeriods(byId("h").value);
    if (periods) {
      update({ h: periods }, byId("h"));
    } else {
      invalid(
        byId("h"),
        `periods H: expected 1 to ${mostPeriods} whole ` +
          `numbers from 1 to ${mostPeriod}, separated by commas`,
      );
    }
  });
  byId("points").add(new Option("none", ""));
  for (const g of data.groups) {
    byId("points").add(
      new Option(
        (severalDatasets ? `${g.dataset}, ` : "") +
          `${g.step_size} step sizes, eps = ${g.epsilon}, b = ${g.batch}`,
        groupName(g),
      ),
    );
  }
  byId("points").addEventListener("change", () => {
    const name = byId("points").value;
    const group = data.groups.find((g) => groupName(g) === name);
    update({
      points: name,
      ...(group ? { eps: group.epsilon, b: group.batch } : {}),
    });
  });
  byId("reset").addEventListener("click", () => update({ ...defaults }));
  byId("share").addEventListener("click", async () => {
    history.replaceState(null, "", fragment());
    await tables.copy(location.href, "Link");
    byId("share").focus();
  });
  byId("explorer-form").addEventListener("submit", (e) => e.preventDefault());
  addEventListener("hashchange", readFragment);
  new ResizeObserver(draw).observe(byId("chart").parentElement);
  byId("explorer").hidden = false;
  showState();
  draw();
  readFragment();
})();
