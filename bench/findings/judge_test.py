"""Judging by hand-counted cases: make results-findings runs it before it measures anything."""

import unittest

import numpy
import pandas

from findings import baselines, judge

ROWS = pandas.DataFrame({
    "size": [1.0, 2.0, 3.0, None, 5.0],
    "colour": ["red", "blue", None, "red", "green"],
    "time": pandas.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]),
})


def cases(*rows):
    mask = numpy.zeros(10, dtype=bool)
    mask[list(rows)] = True
    return mask


def held(*where):
    return numpy.flatnonzero(judge.cases_of(where, ROWS)).tolist()


class CasesOfAConjunction(unittest.TestCase):
    def test_ranges_leave_out_what_they_are_above_and_hold_what_they_are_up_to(self):
        self.assertEqual(held({"feature": "size", "above": 1, "up_to": 3}), [1, 2])
        self.assertEqual(held({"feature": "size", "above": None, "up_to": 2}), [0, 1])

    def test_categories_sets_and_missing(self):
        self.assertEqual(held({"feature": "colour", "equals": "red"}), [0, 3])
        self.assertEqual(held({"feature": "colour", "any_of": ["blue", "green"]}), [1, 4])
        self.assertEqual(held({"feature": "colour", "missing": True}), [2])
        self.assertEqual(held({"feature": "size", "equals": 5}), [4])
        self.assertEqual(held({"feature": "size", "any_of": ["1", "5"]}), [0, 4])

    def test_times_are_microseconds_or_text(self):
        second = pandas.Timestamp("2024-01-02").value // 1000
        self.assertEqual(held({"feature": "time", "above": second, "up_to": None, "time": True}), [2, 3, 4])
        self.assertEqual(held({"feature": "time", "above": None, "up_to": "2024-01-02T00:00:00Z"}), [0, 1])

    def test_conjunctions(self):
        self.assertEqual(held({"feature": "colour", "equals": "red"}, {"feature": "size", "missing": True}), [3])

    def test_an_unknown_predicate_is_refused(self):
        self.assertRaises(ValueError, held, {"feature": "size", "near": 3})


class Judged(unittest.TestCase):
    def test_jaccard(self):
        self.assertEqual(judge.jaccard(cases(0, 1, 2), cases(1, 2, 3)), 0.5)
        self.assertEqual(judge.jaccard(cases(), cases()), 0)

    def test_a_log(self):
        result = judge.judged([cases(0, 1), cases(8), cases(4, 5, 6)], [cases(0, 1, 2), cases(3, 4, 5, 6, 7)])
        self.assertEqual(result["plant_jaccard"], [0.667, 0.6])
        self.assertEqual(result["finding_jaccard"], [0.667, 0, 0.6])
        self.assertEqual(result["finding_in_plants"], [1, 0, 1])
        self.assertTrue(result["first_is_plant"])

    def test_nothing_found_and_nothing_planted(self):
        self.assertEqual(judge.judged([], [cases(1)])["plant_jaccard"], [0])
        self.assertFalse(judge.judged([], [cases(1)])["first_is_plant"])
        self.assertEqual(judge.judged([cases(1)], [])["findings"], 1)

    def test_wilson(self):
        low, high = judge.wilson(5, 100)  # .0215 and .1118, as in tables of the interval
        self.assertAlmostEqual(low, 0.0215, places=4)
        self.assertAlmostEqual(high, 0.1118, places=4)


class Confirmation(unittest.TestCase):
    def test_fisher(self):  # both failures among the two of four: 1 of 6 ways
        failed = numpy.array([True, True, False, False])
        self.assertAlmostEqual(baselines.fisher(failed, failed), 1 / 6)

    def test_benjamini_hochberg(self):
        self.assertEqual(baselines.confirmed(numpy.array([0.9, 0.03, 0.01, 0.035])), [1, 2, 3])
        self.assertEqual(baselines.confirmed(numpy.array([0.9, 0.06])), [])


if __name__ == "__main__":
    unittest.main()
