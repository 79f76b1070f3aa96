"""claims.json is as claims.schema.json and the four rules of objections() ask.

The C++ that reads it checks nothing of this.
"""

import copy
import json
import math
import pathlib
import sys
import unittest

import jsonschema

ANALYSIS = pathlib.Path("analysis")
LISTS = ("batch", "workers", "period", "rivals")


def read(text):
    """JSON of finite numbers in which no object has a key twice."""

    def unique(pairs):
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"'{key}' stands twice in one object")
        return dict(pairs)

    def finite(number):
        if not math.isfinite(float(number)):
            raise ValueError(f"{number} is not finite")
        return float(number)

    return json.loads(
        text, object_pairs_hook=unique, parse_float=finite, parse_constant=finite
    )


SCHEMA = read((ANALYSIS / "claims.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
TEXT = (ANALYSIS / "claims.json").read_text()


def objections(claims):
    """What is wrong, a line each: of the schema, or else what none can say."""
    wrong = [f"{e.json_path}: {e.message}" for e in VALIDATOR.iter_errors(claims)]
    if wrong:
        return wrong
    ids = [claim["id"] for claim in claims]
    wrong += [f"id {i} stands twice" for i in set(ids) if ids.count(i) > 1]
    for claim in claims:
        where = claim["id"]
        low, high = claim["expected"]
        if None not in (low, high) and low > high:
            wrong.append(f"{where}: expected {low} to {high}")
        quantity = claim["quantity"]
        for name in LISTS:
            values = quantity.get(name, [])
            if isinstance(values, list) and values != sorted(values):
                wrong.append(f"{where}: {name} {values} do not ascend")
        # Iterations alone are what the free cost model counts; findings of other
        # experiments are not priced.
        under = " under " + quantity.get("cost_model", "free")
        if quantity["name"] != "finding" and under not in claim["claim"]:
            wrong.append(f"{where}: the claim does not say '{under}'")
    return wrong


class ClaimsSchemaTest(unittest.TestCase):
    def setUp(self):
        self.claims = read(TEXT)
        # The first claim of each quantity.
        self.examples = {}
        for claim in self.claims:
            self.examples.setdefault(claim["quantity"]["name"], claim)

    def refused(self, claims):
        self.assertNotEqual(objections(claims), [], claims)

    def test_the_file_is_right(self):
        VALIDATOR.check_schema(SCHEMA)
        self.assertEqual(objections(self.claims), [])
        self.assertGreater(len(self.claims), 20)

    def test_no_quantity_without_a_claim(self):
        known = SCHEMA["$defs"]["quantity"]["properties"]["name"]["enum"]
        self.assertEqual(sorted(self.examples), sorted(known))

    def test_what_is_no_list_of_claims(self):
        for claims in ({}, [], [1], [{}], None):
            self.refused(claims)
        for text in ("[{]", '[{"why": "a", "why": "b"}]', "[1e999]", "[NaN]"):
            with self.assertRaises(ValueError):
                read(text)

    def test_an_id_stands_once(self):
        self.refused([self.claims[0], self.claims[0]])

    def test_exactly_the_fields(self):
        claim = self.claims[0]
        self.refused([{**claim, "wy": "a reason"}])
        for field in claim:
            self.refused([{k: v for k, v in claim.items() if k != field}])

    def test_exactly_the_parameters_of_a_quantity(self):
        values = {}
        for claim in self.claims:
            values.update(claim["quantity"])
        values["surplus"] = 1
        for claim in self.examples.values():
            quantity = claim["quantity"]
            self.assertEqual(objections([claim]), [])
            for name in quantity:
                less = {k: v for k, v in quantity.items() if k != name}
                wrong = [less]
                for surplus in values.keys() - quantity.keys():
                    more = {surplus: values[surplus]}
                    wrong += [{**quantity, **more}, {**less, **more}]
                for parameters in wrong:
                    bad = [{**claim, "quantity": parameters}]
                    self.assertFalse(VALIDATOR.is_valid(bad), parameters)

    def test_wrong_values(self):
        text = (3, None, "", ["words"])
        number = ("2", None, True, [], -1)
        count = (0, 0.5, "2", None, True, 2**63)
        counts = count + ([], [4, 2], [2, 2], [0, 1], [0.5], ["2"])
        for field, values in {
            "id": text + ("C", "a b", "é"),
            "claim": text + (self.claims[0]["claim"][:-1],),
            "source": text,
            "command": text + ("ls",),
            "computed": text,
            "why": text,
            "minutes": number + ("two",),
            "quantity": (1, None, [], "period_cost", {}),
            "expected": (
                [1, 0],
                [None, None],
                [0],
                [0, 1, 2],
                [0, "1"],
                [True, None],
                {},
                1,
                None,
            ),
        }.items():
            for value in values:
                self.refused([{**self.claims[0], field: value}])
        for name, values in {
            "name": text + ("period_cots",),
            "take": text + ("least",),
            "step_size": text,
            "reference_step_size": text,
            "model": text + ("printd",),
            "cost_model": text + ("mesh",),
            "rho": number,
            "allowance": number + (1,),
            "epsilon": number + ([0.5, -0.5], ["0.5"]),
            "reference_epsilon": number + (0,),
            "batch": counts,
            "workers": counts,
            "reference_workers": count + ([2],),
            "period": counts,
            "rivals": counts,
            "experiment": text,
            "finding": text,
            "setting": (3, None, ["words"]),
        }.items():
            examples = [c for c in self.examples.values() if name in c["quantity"]]
            self.assertNotEqual(examples, [], name)
            for claim in examples:
                for value in values:
                    wrong = copy.deepcopy(claim)
                    wrong["quantity"][name] = value
                    self.refused([wrong])

    def test_the_claim_names_its_cost_model(self):
        claim = self.examples["model_speedup"]
        self.refused([{**claim, "claim": "In the model scaling is linear."}])

    def test_slopes_need_two_points(self):
        for quantity, name in (
            ("admissible_period_slope", "workers"),
            ("admissible_period_slope", "period"),
            ("model_scaling_exponent", "workers"),
        ):
            for value in (2, [2]):
                wrong = copy.deepcopy(self.examples[quantity])
                wrong["quantity"][name] = value
                self.refused([wrong])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
