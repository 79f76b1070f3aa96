"""report.html as a user has it: opened from disk, every control moved.

The numbers must be those that //experiments:theoretical_speedup prints.
"""

import csv
import io
import math
import os
import pathlib
import subprocess
import tempfile
import unittest

from browser import Browser

ROOT = pathlib.Path(os.environ["TEST_SRCDIR"]) / "local_sgd"
RELATIVE = 1e-9
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200">'
    "<rect width='300' height='200' fill='#eee'/></svg>"
)


def program_speedups(settings):
    """{(K, H): S} of equation (9), from the program."""
    with tempfile.TemporaryDirectory() as folder:
        text = subprocess.run(
            [
                ROOT / "experiments/theoretical_speedup/theoretical_speedup",
                "--format=csv",
                "--output_dir=" + folder,
                # A step of b gradients: exchanging a vector costs rho / b steps.
                f"--rho={settings['rho'] / settings.get('b', 1)!r}",
                f"--epsilon={settings['eps']!r}",
                "--workers=" + ",".join(map(str, settings["workers"])),
                "--periods=" + ",".join(map(str, settings["periods"])),
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    return {
        (int(r["workers"]), int(r["period"])): float(r["speedup"])
        for r in csv.DictReader(io.StringIO(text))
        if r["model"] == settings["model"] and r["cost_model"] == settings["cost"]
    }


def powers(low, high):
    return [2**i for i in range(21) if low <= 2**i <= high]


class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = pathlib.Path(os.environ["TEST_TMPDIR"])
        cls.folder = temporary / "results"
        cls.folder.mkdir()
        for source, name in (
            ("measured_speedup_w8a_surrogate.csv", "measured_speedup.csv"),
            ("theoretical_speedup.csv", "theoretical_speedup.csv"),
        ):
            (cls.folder / name).write_bytes(
                (ROOT / "tests/regression" / source).read_bytes()
            )
        (cls.folder / "figure2a.svg").write_text(SVG)
        (cls.folder / "figure2a_caption.txt").write_text("Figure 2. A caption.\n")
        for program in ("tables", "report"):
            subprocess.run(
                [ROOT / "analysis/programs" / program, f"--input={cls.folder}"],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        cls.url = (cls.folder / "report.html").as_uri()
        cls.browser = Browser(os.environ["CHROMIUM"], str(temporary / "profile"))

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def setUp(self):
        self.look(1280, "light")
        self.browser.load(self.url)

    def tearDown(self):
        self.assertEqual(self.browser.errors, [])
        for url in self.browser.requests:
            self.assertRegex(url, r"^(file:///.*report\.html|data:|about:blank)")

    def look(self, width, scheme):
        self.browser.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        self.browser.call(
            "Emulation.setEmulatedMedia",
            media="",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    # --- using the page ---

    def js(self, expression):
        return self.browser.evaluate(expression)

    def click(self, selector):
        """As a user does: where the element is on the screen."""
        x, y = self.js(
            f"""(() => {{
              const e = document.querySelector({selector!r});
              e.scrollIntoView({{block: "center", behavior: "instant"}});
              const box = e.getBoundingClientRect();
              return [box.x + box.width / 2, box.y + box.height / 2];
            }})()"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.browser.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=x,
                y=y,
                button="left",
                clickCount=1,
            )

    def drag(self, selector, part):
        """The thumb of a slider to that part of its track, with the mouse."""
        start, end, y = self.js(
            f"""(() => {{
              const e = document.querySelector({selector!r});
              e.scrollIntoView({{block: "center", behavior: "instant"}});
              const box = e.getBoundingClientRect();
              const at = (e.value - e.min) / (e.max - e.min);
              // The middle of the thumb stays within the track.
              const x = (p) => box.x + 8 + p * (box.width - 16);
              return [x(at), x({part}), box.y + box.height / 2];
            }})()"""
        )
        for kind, x in (
            ("mousePressed", start),
            ("mouseMoved", (start + end) / 2),
            ("mouseMoved", end),
            ("mouseReleased", end),
        ):
            self.browser.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=x,
                y=y,
                button="left",
                buttons=1,
                clickCount=1,
            )

    def fill(self, name, text):
        self.js(f"document.getElementById({name!r}).select()")
        self.browser.type(str(text))

    def choose(self, name, value):
        self.js(
            f"""(() => {{
              const e = document.getElementById({name!r});
              e.value = {str(value)!r};
              e.dispatchEvent(new Event("change", {{bubbles: true}}));
            }})()"""
        )

    def values(self):
        """{(K, H): S} of the table below the chart, every digit."""
        rows = self.js(
            """[...document.querySelectorAll("#values tbody tr")].map((row) =>
              [...row.cells].map((c) => c.dataset.value ?? c.textContent))"""
        )
        names = self.js(
            """[...document.querySelectorAll("#values thead th")].map(
              (th) => th.dataset.name)"""
        )
        return {
            (int(row[0]), int(name.removeprefix("period_"))): float(value)
            for row in rows
            for name, value in zip(names, row)
            if name.startswith("period_")
        }

    def curves(self):
        """{(K, H): S} read off the chart, as exact as its pixels."""
        axes = {k: float(v) for k, v in self.js("({...chart.dataset})").items()}
        paths = self.js(
            """[...document.querySelectorAll("#chart .curve")].map(
              (p) => [Number(p.dataset.period), p.getAttribute("d")])"""
        )
        shown = {workers for workers, _ in self.values()}
        speedups = {}
        for period, path in paths:
            for point in path.removeprefix("M").split("L"):
                x, y = map(float, point.split())
                part = (x - axes["left"]) / (axes["right"] - axes["left"])
                workers = axes["kmin"] * (axes["kmax"] / axes["kmin"]) ** part
                part = (axes["bottom"] - y) / (axes["bottom"] - axes["top"])
                speedups[min(shown, key=lambda k: abs(math.log(k / workers))), period] = (
                    axes["low"] * (axes["high"] / axes["low"]) ** part
                )
        return speedups

    def assert_shows(self, **changes):
        settings = dict(
            rho=25, eps=0.005, model="printed", cost="ring",
            workers=powers(1, 1024), periods=[1, 2, 4, 8, 16],
        )  # fmt: skip
        settings.update(changes)
        expected = program_speedups(settings)
        values = self.values()
        curves = self.curves()
        self.assertEqual(values.keys(), expected.keys())
        self.assertEqual(curves.keys(), expected.keys())
        for key, speedup in expected.items():
            self.assertLessEqual(
                abs(values[key] - speedup), RELATIVE * speedup, f"{settings} {key}"
            )
            self.assertLess(abs(math.log(curves[key] / speedup)), 1e-3)

    # --- tests ---

    def test_notice_stands_at_the_top(self):
        text, top = self.js(
            """[document.querySelector(".notice").textContent,
                document.querySelector(".notice").getBoundingClientRect().top]"""
        )
        self.assertIn("SURROGATE DATA", text)
        self.assertEqual(top, 0)

    def test_formulas_are_those_of_the_program(self):
        self.assert_shows()
        for model in ("printed", "corollary"):
            self.click(f"#model-{model}")
            for cost in ("star", "ring", "free"):
                self.click(f"#cost-{cost}")
                self.assert_shows(model=model, cost=cost)

    def test_every_field_changes_the_curves(self):
        self.fill("rho", 3.7)
        self.assert_shows(rho=3.7)
        self.fill("eps", 0.0317)
        self.assert_shows(rho=3.7, eps=0.0317)
        self.fill("b", 16)
        self.assert_shows(rho=3.7, eps=0.0317, b=16)
        self.fill("h", "3, 100")
        self.choose("kmin", 4)
        self.choose("kmax", 65536)
        self.assert_shows(
            rho=3.7, eps=0.0317, b=16, periods=[3, 100], workers=powers(4, 65536)
        )
        self.fill("eps", 0)
        self.fill("rho", 0)
        self.assert_shows(
            rho=0, eps=0, b=16, periods=[3, 100], workers=powers(4, 65536)
        )
        self.click("#reset")
        self.assert_shows()

    def test_the_curves_pass_through_the_chosen_number_of_workers(self):
        self.fill("k", 48)
        self.assert_shows(workers=sorted(powers(1, 1024) + [48]))
        row = """[...document.querySelectorAll("#values .is-chosen")].map(
            (row) => row.cells[0].textContent)"""
        self.assertEqual(self.js(row), ["48"])
        self.assertIn("At K = 48, S = ", self.js("summary.textContent"))
        axes = self.js("({...chart.dataset})")
        at = float(self.js("document.querySelector('#chart .chosen').getAttribute('x1')"))
        left, right = float(axes["left"]), float(axes["right"])
        self.assertAlmostEqual(2 ** ((at - left) / (right - left) * 10), 48, 3)
        self.fill("k", 3000)  # what is shown reaches as far
        self.assert_shows(workers=sorted(powers(1, 4096) + [3000]))
        self.assertEqual(self.js("kmax.value"), "4096")
        self.choose("kmax", 512)  # and K goes no further
        self.assert_shows(workers=powers(1, 512))
        self.assertEqual(self.js("k.value"), "512")
        self.assertIn("k=512", self.js("location.hash"))
        link = self.url + "#explorer:k=5&kmin=4&kmax=8"
        self.browser.load(link)
        self.assert_shows(workers=[4, 5, 8])
        self.browser.load(self.url + "#explorer:k=9999999&kmax=8")
        self.assert_shows(workers=[1, 2, 4, 8])

    def test_rho_follows_from_the_network(self):
        self.click("#from-network")
        network = dict(latency=50, bandwidth=10, gradient=2, d=300)
        for name, value in dict(
            latency=0.25, bandwidth=2.5, gradient=7, d=12345
        ).items():
            self.fill(name, value)
            network[name] = value
            rho = (
                network["latency"] + 64 * network["d"] / (1000 * network["bandwidth"])
            ) / network["gradient"]
            self.assert_shows(rho=rho)
        self.assertTrue(self.js("document.getElementById('rho').disabled"))
        self.click("#from-rho")
        self.assert_shows(rho=float(f"{rho:.6g}"))

    def test_sliders_work_with_the_keyboard(self):
        self.click("#from-network")
        for name in ("latency", "bandwidth", "gradient", "d", "eps", "b", "k", "rho"):
            if name == "rho":
                self.click("#from-rho")
            # As a person: the slider comes after its field.
            self.js(f"document.getElementById({name!r}).focus()")
            self.browser.key("Tab", virtual=9)
            self.assertEqual(
                self.js("document.activeElement.id"), f"{name}-slider"
            )
            before = self.values()
            old = self.js(f"Number(document.getElementById({name!r}).value)")
            for _ in range(17):  # K: 32 to 104
                self.browser.key("ArrowRight", virtual=39)
            new = self.js(f"Number(document.getElementById({name!r}).value)")
            self.assertGreater(new, old, name)
            self.assertEqual(
                self.js(
                    f"document.getElementById('{name}-slider')"
                    ".getAttribute('aria-valuetext')"
                ),
                self.js(f"document.getElementById({name!r}).value"),
            )
            self.assertNotEqual(self.values(), before, name)
        state = {
            n: self.js(f"Number(document.getElementById({n!r}).value)")
            for n in ("rho", "eps", "b")
        }
        k = self.js("Number(document.getElementById('k').value)")
        state["workers"] = sorted({*powers(1, max(1024, k)), k})
        self.assert_shows(**state)
        for name in ("rho", "eps"):  # the left end is zero
            self.js(f"document.getElementById('{name}-slider').focus()")
            self.browser.key("Home", virtual=36)
        self.assert_shows(**{**state, "rho": 0, "eps": 0})

    def test_sliders_are_dragged(self):
        self.click("#from-network")
        network = dict(latency=50, bandwidth=10, gradient=2, d=300)
        state = dict(eps=0.005, b=1, k=32, rho=25)
        for name in (*network, *state):
            if name == "rho":
                self.click("#from-rho")
            before = self.values()
            for part in (0.31, 0.57):
                self.drag(f"#{name}-slider", part)
                value = self.js(f"Number(document.getElementById({name!r}).value)")
                (network if name in network else state)[name] = value
                rho = (
                    network["latency"]
                    + 64 * network["d"] / (1000 * network["bandwidth"])
                ) / network["gradient"]
                self.assert_shows(
                    rho=state["rho"] if name == "rho" else rho,
                    eps=state["eps"],
                    b=state["b"],
                    workers=sorted({*powers(1, 1024), *powers(1, state["k"] * 2 - 1),
                                    state["k"]}),
                )
            self.assertNotEqual(self.values(), before, name)

    def test_what_is_not_a_setting_changes_nothing(self):
        for name, text in (
            ("rho", "-1"), ("eps", ""), ("b", "1.5"), ("b", "0"), ("h", "1, x"),
            ("k", "0"), ("k", "1.5"), ("k", "1048577"),
            ("rho", "1e308"), ("eps", "1e31"), ("b", "1e16"),
            ("h", "0"), ("h", ""), ("h", "1,2,3,4,5,6,7,8,9"),
        ):  # fmt: skip
            self.fill(name, text or " ")
            if not text:
                self.js(f"document.getElementById({name!r}).select()")
                self.browser.key("Backspace", virtual=8)
            self.assertEqual(
                self.js(
                    f"document.getElementById({name!r}).getAttribute('aria-invalid')"
                ),
                "true",
                f"{name} {text!r}",
            )
            self.assertNotEqual(self.js("said.textContent"), "")
            self.assert_shows()

    def test_the_best_period_is_highlighted(self):
        self.fill("eps", 0.02)
        values = self.values()
        best = self.js(
            """[...document.querySelectorAll("#values tbody tr")].map((row) =>
              [row.cells[0].textContent, row.querySelector(".is-best").dataset.value,
               row.cells[6].textContent])"""
        )
        self.assertEqual(len(best), 11)
        for workers, shown, period in best:
            of_workers = {h: s for (k, h), s in values.items() if k == int(workers)}
            self.assertEqual(float(shown), max(of_workers.values()))
            self.assertEqual(of_workers[int(period)], max(of_workers.values()))
        self.assertEqual(
            self.js("document.querySelectorAll('#chart .best').length"), 10
        )

    def test_measured_points_are_repriced(self):
        with open(self.folder / "measured_speedup.csv", newline="") as file:
            records = [
                r
                for r in csv.DictReader(file)
                if (r["step_size"], r["epsilon"]) == ("tuned", "0.005")
            ]
        self.assertGreater(len(records), 5)
        batch = int(records[0]["batch"])
        self.choose("points", f"tuned,0.005,{batch}")
        self.assert_shows(b=batch)
        self.fill("rho", 7)
        for cost, vectors in (
            ("star", lambda k: 2 * (k - 1)),
            ("ring", lambda k: 2 * (k - 1) / k),
            ("free", lambda k: 0),
        ):
            self.click(f"#cost-{cost}")
            points = self.js(
                """[...document.querySelectorAll("#chart .measured")].map(
                  ({dataset: d}) => [Number(d.workers), Number(d.period),
                                     Number(d.speedup)])"""
            )
            points = {(k, h): s for k, h, s in points}
            self.assertEqual(len(points), len(records))
            for r in records:
                k, h = int(r["workers"]), int(r["period"])
                speedup = float(r["speedup_free"]) / (1 + 7 * vectors(k) / h / batch)
                self.assertLess(abs(points[k, h] / speedup - 1), RELATIVE)

    def test_points_of_every_dataset_can_be_shown(self):
        folder = self.folder.parent / "two"
        folder.mkdir()
        regression = ROOT / "tests/regression"
        lines = []
        for name in ("w8a", "w8a_surrogate"):
            text = (regression / f"measured_speedup_{name}.csv").read_text()
            lines += text.splitlines(keepends=True)[1 if lines else 0 :]
        (folder / "measured_speedup.csv").write_text("".join(lines))
        subprocess.run(
            [ROOT / "analysis/programs/report", f"--input={folder}"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        records = [
            r
            for r in csv.DictReader(lines)
            if (r["step_size"], r["epsilon"], r["batch"]) == ("tuned", "0.005", "4")
        ]
        self.assertEqual({r["dataset"] for r in records}, {"w8a", "w8a_surrogate"})
        self.browser.load((folder / "report.html").as_uri())
        self.click("#cost-free")
        for dataset in ("w8a_surrogate", "w8a"):
            self.choose("points", f"{dataset},tuned,0.005,4")
            points = self.js(
                """[...document.querySelectorAll("#chart .measured")].map(
                  ({dataset: d}) => [Number(d.workers), Number(d.period),
                                     Number(d.speedup)])"""
            )
            self.assertEqual(
                sorted(map(tuple, points)),
                sorted(
                    (int(r["workers"]), int(r["period"]), float(r["speedup_free"]))
                    for r in records
                    if r["dataset"] == dataset and r["speedup_free"]
                ),
            )

    def test_the_address_holds_the_state(self):
        self.fill("rho", 3)
        self.fill("h", "2, 32")
        self.click("#cost-star")
        self.click("#model-corollary")
        self.choose("points", "theory,0.01,4")
        self.click("#share")
        link = self.js("navigator.clipboard.readText()")
        self.assertEqual(link, self.js("location.href"))
        self.assertIn("#explorer:", link)
        state = dict(
            rho=3, periods=[2, 32], cost="star", model="corollary", eps=0.01, b=4
        )
        self.assert_shows(**state)
        self.browser.load(link)
        self.assert_shows(**state)
        self.assertEqual(self.js("points.value"), "theory,0.01,4")
        self.browser.load(
            self.url + "#explorer:rho=-1&eps=x&cost=none&kmin=3&kmax=1&h=0&a=1"
            "&points=%3Cb%3E&model=&b=1e99x"
        )
        self.assert_shows()

    def test_tables_are_sorted(self):
        table = "#table-theoretical-speedup"
        self.js(f"document.querySelector({table!r}).open = true")
        column = 7
        heading = f"{table} thead th:nth-child({column})"
        for order in ("ascending", "descending"):
            self.click(heading + " button")
            self.assertEqual(
                self.js(f"document.querySelector({heading!r}).ariaSort"), order
            )
            speedups = self.js(
                f"""[...document.querySelectorAll("{table} tbody tr")].map((row) =>
                  Number(row.cells[{column - 1}].dataset.value ??
                         row.cells[{column - 1}].textContent))"""
            )
            self.assertEqual(len(speedups), 660)
            self.assertEqual(
                speedups, sorted(speedups, reverse=order == "descending")
            )
        # Words, by the keyboard.
        self.js(f"document.querySelector('{table} thead button').focus()")
        self.browser.key("Enter", text="\r", virtual=13)
        models = self.js(
            f"""[...document.querySelectorAll("{table} tbody tr")].map(
              (row) => row.cells[0].textContent)"""
        )
        self.assertEqual(models, sorted(models))

    def test_copies_what_the_files_have(self):
        table = "#table-theoretical-speedup"
        self.js(f"document.querySelector({table!r}).open = true")
        self.click(table + " .buttons button:nth-child(1)")
        self.assertEqual(
            self.js("navigator.clipboard.readText()"),
            (self.folder / "theoretical_speedup.csv").read_text(),
        )
        self.assertEqual(self.js("said.textContent"), "CSV copied")
        latex = (self.folder / "speedup_tables.tex").read_text()
        labels = self.js(
            """[...document.querySelectorAll(".table table")].map(
              (t) => t.dataset.label).filter((l) => /speedup.*-eps|largest/.test(l))"""
        )
        self.assertGreater(len(labels), 10)
        for label in labels:
            frame = f'[id="table-{label}"]'
            self.js(f"document.querySelector('{frame}').open = true")
            self.click(frame + " .buttons button:nth-child(2)")
            text = self.js("navigator.clipboard.readText()")
            self.assertIn(f"\\label{{tab:{label}}}", text)
            self.assertIn(text, latex)

    def test_says_when_nothing_was_copied(self):
        table = "#table-theoretical-speedup"
        self.js(f"document.querySelector({table!r}).open = true")
        for copied in ("true", "false"):
            self.js(
                f"""navigator.clipboard.writeText = () => Promise.reject();
                document.execCommand = () => {copied}; 0"""
            )
            self.click(table + " .buttons button:nth-child(1)")
            said = "CSV copied" if copied == "true" else "CSV not copied"
            self.assertIn(said, self.js("said.textContent"))

    def test_fits_a_phone(self):
        for scheme in ("light", "dark"):
            self.look(390, scheme)
            self.browser.load(self.url)
            self.js("for (const d of document.querySelectorAll('details')) d.open = true")
            self.assertEqual(self.js("document.documentElement.scrollWidth"), 390)
            self.assertLessEqual(self.js("chart.getBoundingClientRect().right"), 390)

    def test_prints(self):
        opened = "document.querySelectorAll('details[open]').length"
        before = self.js(opened)
        pdf = self.browser.call("Page.printToPDF")["data"]
        self.assertGreater(len(pdf), 100_000)
        self.assertEqual(self.js(opened), before)

    def test_accessible(self):
        if "AXE" not in os.environ:
            self.skipTest("no axe-core")
        axe = pathlib.Path(os.environ["AXE"]).read_text()
        for width, scheme in (
            (1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")
        ):  # fmt: skip
            self.look(width, scheme)
            self.browser.load(self.url)
            self.js("for (const d of document.querySelectorAll('details')) d.open = true")
            self.click("#from-network")
            self.browser.evaluate(axe + "; 0")
            violations = self.js(
                """axe.run().then(({violations}) => violations.map((v) =>
                  [v.impact, v.id, v.help, v.nodes.length, v.nodes[0].html]))"""
            )
            serious = [v for v in violations if v[0] in ("serious", "critical")]
            self.assertEqual(serious, [], f"{width} {scheme}")
            for violation in violations:
                print(width, scheme, violation)


if __name__ == "__main__":
    unittest.main(verbosity=2)
