"""What the findings of a tool are worth, given the plants: both are sets of cases."""

import math

import numpy
import pandas

GOOD, CLOSE, UNRELATED = 0.5, 0.8, 0.2  # Jaccard indices


def jaccard(one, other):
    either = (one | other).sum()
    return float((one & other).sum() / either) if either else 0.0


def agreement(findings, plants):
    """Jaccard index of each finding with each plant, findings x plants."""
    return numpy.array([[jaccard(cases, plant) for plant in plants] for cases in findings]).reshape(
        len(findings), len(plants))


def judged(findings, plants):
    """The counts that recall and precision are made of, for one log."""
    table = agreement(findings, plants)
    in_plants = numpy.logical_or.reduce(plants) if plants else numpy.zeros(len(findings[0]) if findings else 0, bool)
    best_of_plant = table.max(axis=0, initial=0)
    best_of_finding = table.max(axis=1, initial=0)
    return {
        "plants": len(plants),
        "findings": len(findings),
        "plant_jaccard": [round(float(value), 3) for value in best_of_plant],
        "finding_jaccard": [round(float(value), 3) for value in best_of_finding],
        "finding_in_plants": [round(float(in_plants[cases].mean()), 3) for cases in findings],
        "first_is_plant": bool(len(findings) and best_of_finding[0] >= GOOD),
    }


def wilson(hits, trials, z=1.959964):
    """The 95% interval of a share."""
    if trials == 0:
        return 0.0, 1.0
    share, slack = hits / trials, z * z / trials
    middle = (share + slack / 2) / (1 + slack)
    half = z * math.sqrt(share * (1 - share) / trials + slack / (4 * trials)) / (1 + slack)
    return max(0.0, middle - half), min(1.0, middle + half)


def end_of(value, otherwise):
    """The end of a range as a number; times are microseconds since 1970 or text."""
    if value is None:
        return otherwise
    if isinstance(value, str):
        return float(pandas.Timestamp(value).tz_localize(None).value // 1000)
    return float(value)


def as_numbers(column):
    if pandas.api.types.is_datetime64_any_dtype(column):
        return column.astype("datetime64[us]").astype("int64").to_numpy(dtype=float)
    return column.to_numpy(dtype=float)


def equal_to(column, values):
    if pandas.api.types.is_numeric_dtype(column):
        return column.isin([float(value) for value in values]).to_numpy(dtype=bool)
    return column.isin([str(value) for value in values]).to_numpy(dtype=bool)


def cases_of_predicate(predicate, rows):
    column = rows[predicate["feature"]]
    if not {"equals", "any_of", "missing", "above", "up_to"} & set(predicate):
        raise ValueError(f"a predicate that bench/findings/judge.py does not know: {predicate}")
    if predicate.get("missing"):
        return column.isna().to_numpy(dtype=bool)
    if "equals" in predicate:
        return equal_to(column, [predicate["equals"]])
    if "any_of" in predicate:
        return equal_to(column, predicate["any_of"])
    numbers = as_numbers(column)
    return (numbers > end_of(predicate.get("above"), -math.inf)) & \
        (numbers <= end_of(predicate.get("up_to"), math.inf))


def cases_of(where, rows):
    """The rows that a conjunction holds, computed here and not by the tool that found it."""
    cases = numpy.ones(len(rows), dtype=bool)
    for predicate in where:
        cases &= cases_of_predicate(predicate, rows)
    return cases
