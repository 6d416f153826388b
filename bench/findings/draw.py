"""Semi-synthetic logs: real features and real models' predictions, with failures whose truth is known.

A model is trained on a part of a data set, and the log holds only rows that it has not seen. What it predicted and how
confident it was stay as they are; the label is set so that the case fails or not:

  planted  every case fails with the base rate, inside a plant 2 to 4 times as often (at most .9)
  null     every case fails with the base rate
  silent   every case fails as often as the model's confidence says, inside a plant 2 to 4 times as often (at most .9)
"""

import dataclasses
import functools

import numpy
import pandas
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from findings import datasets
from findings.judge import jaccard

KINDS = ("planted", "null", "silent")
SPLITS = 60  # logs of all kinds share this many splits and models
TRAINED_ON = 8000
BASE_RATES = (0.05, 0.35)
CAP = 0.9  # of the failure rate inside a plant
OVERLAP = 0.1
WEEK = 7 * 24 * 60 * 60
START = pandas.Timestamp("2024-01-01")


@dataclasses.dataclass
class Plant:
    words: str
    cases: numpy.ndarray  # which rows
    factor: float
    over_period: bool


@dataclasses.dataclass
class Log:
    name: str
    rows: pandas.DataFrame  # as the file has it
    features: list
    failed: numpy.ndarray
    believed: numpy.ndarray  # failure rate of each case by the model's confidence
    plants: list


def model(number, seed):
    return (lambda: LogisticRegression(max_iter=300),
            lambda: HistGradientBoostingClassifier(max_iter=60, random_state=seed),
            lambda: RandomForestClassifier(60, min_samples_leaf=5, random_state=seed))[number]()


def prepared():
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    texts = OneHotEncoder(max_categories=25, handle_unknown="infrequent_if_exist", sparse_output=False)
    return make_column_transformer((numbers, make_column_selector(dtype_include="number")),
                                   (texts, make_column_selector(dtype_exclude="number")))


@functools.lru_cache(maxsize=2)
def predicted(seed, split, folder):
    """Unseen rows, what the model predicts for them with which confidence, the classes and its real error rate."""
    features, labels = datasets.read(split % len(datasets.READERS), folder)
    rng = numpy.random.default_rng([seed, split])
    order = rng.permutation(len(features))
    train = order[:min(TRAINED_ON, int(0.4 * len(order)))]
    unseen = numpy.sort(order[int(0.4 * len(order)):])
    learner = make_pipeline(prepared(), model(split // len(datasets.READERS) % 3, seed + split))
    learner.fit(features.iloc[train], labels.iloc[train])
    chances = learner.predict_proba(features.iloc[unseen])
    prediction = learner.classes_[chances.argmax(axis=1)].astype(object)
    error = float((prediction != labels.iloc[unseen].to_numpy()).mean())
    return features.iloc[unseen].reset_index(drop=True), prediction, chances.max(axis=1), learner.classes_, error


def quantiles_of(values, low, high):
    known = values[~numpy.isnan(values)]
    return numpy.quantile(known, [low, high], method="nearest")


def interval(column, share, rng):
    """About `share` of the cases, between two quantiles drawn at random."""
    values = column.to_numpy(dtype=float)
    width = min(0.95, share)
    low = rng.uniform(0, 1 - width)
    first, last = quantiles_of(values, low, low + width)
    return f"{column.name} in [{first:g}, {last:g}]", (values >= first) & (values <= last)


def values_of(column, rng):
    """One to four categories, drawn at random."""
    found = column.dropna().unique()
    chosen = rng.choice(numpy.sort(found.astype(str)), size=min(len(found) - 1, int(rng.integers(1, 5))),
                        replace=False)
    return f"{column.name} is {' or '.join(sorted(chosen))}", column.isin(chosen).to_numpy(dtype=bool)


def missing(column):
    return f"{column.name} is missing", column.isna().to_numpy()


def condition(column, share, rng):
    if column.isna().mean() >= 0.01 and rng.random() < 0.25:
        return missing(column)
    if pandas.api.types.is_numeric_dtype(column):
        return interval(column, share, rng)
    return values_of(column, rng)


def period(times, rng):
    """Six to nine weeks; all cases have a time between the first and the last."""
    days = int(rng.integers(42, 64))
    first = START + pandas.Timedelta(days=int(rng.integers(0, (times.iloc[-1] - START).days - days)))
    last = first + pandas.Timedelta(days=days)
    return f"from {first:%Y-%m-%d} before {last:%Y-%m-%d}", ((times >= first) & (times < last)).to_numpy()


def all_matter(masks):
    """No condition could be left out without changing much what the others hold."""
    whole = numpy.logical_and.reduce(masks)
    if len(masks) == 1:
        return True
    return all(jaccard(whole, numpy.logical_and.reduce(masks[:at] + masks[at + 1:])) < 0.75
               for at in range(len(masks)))


def overlap(cases, others):
    """The largest share of the smaller of two plants that both hold."""
    return max(((cases & other.cases).sum() / min(cases.sum(), other.cases.sum()) for other in others), default=0)


def draw_plant(log, shares, over_period, accepted, rng):
    """One to three conditions (a period is one of them), tried until the cases are as many as `shares` asks for."""
    while True:
        count = int(rng.integers(2 if over_period else 1, 4))
        each = rng.uniform(*shares) ** (1 / count)
        conditions = [period(log.rows["time"], rng)] if over_period else []
        for name in rng.choice(log.features, size=count - len(conditions), replace=False):
            conditions.append(condition(log.rows[name], min(0.9, each * rng.uniform(0.6, 1.6)), rng))
        masks = [mask for _, mask in conditions]
        cases = numpy.logical_and.reduce(masks)
        if (shares[0] <= cases.mean() <= shares[1] and all_matter(masks) and accepted(cases)
                and overlap(cases, log.plants) < OVERLAP):
            words = " and ".join(words for words, _ in conditions)
            return Plant(words, cases, float(rng.uniform(2, 4)), over_period)


def add_plants(log, kind, rng):
    if kind == "planted":
        for _ in range(int(rng.integers(1, 3))):
            log.plants.append(draw_plant(log, (0.02, 0.10), rng.random() < 0.25, lambda cases: True, rng))
    if kind == "silent":  # a group that the model is as sure of as of the others, but not beyond all doubt
        middle = log.believed.mean()
        sure = lambda cases: middle / 3 <= log.believed[cases].mean() <= middle  # noqa: E731
        log.plants.append(draw_plant(log, (0.03, 0.15), False, sure, rng))


def chance_of_failure(log, usual):
    """The usual chance of each case, raised inside the plants."""
    chance = usual
    for plant in log.plants:
        raised = numpy.minimum(CAP, usual * plant.factor)
        chance = numpy.where(plant.cases, numpy.maximum(chance, raised), chance)
    return chance


def labels_of(prediction, failed, classes, rng):
    """The label is the prediction, or for a failure any other class."""
    numbers = numpy.searchsorted(classes, prediction)
    others = (numbers + rng.integers(1, len(classes), len(numbers))) % len(classes)
    return numpy.where(failed, classes[others].astype(object), prediction)


def draw(kind, number, seed, folder):
    """Log `number` of a kind; the same arguments draw the same log."""
    split = number % SPLITS
    features, prediction, confidence, classes, error = predicted(seed, split, folder)
    rng = numpy.random.default_rng([seed, KINDS.index(kind), number])
    order = rng.permutation(len(features))
    seconds = numpy.sort(rng.integers(0, int(rng.integers(20, 36)) * WEEK, len(order)))
    rows = features.iloc[order].reset_index(drop=True).assign(
        time=START + pandas.to_timedelta(seconds, unit="s"),
        prediction=prediction[order], confidence=numpy.round(confidence[order], 4))
    believed = 1 - rows["confidence"].to_numpy()
    base = numpy.clip(error if rng.random() < 0.5 else rng.uniform(*BASE_RATES), *BASE_RATES)
    log = Log(f"{kind}-{number}-{datasets.READERS[split % len(datasets.READERS)].__name__}", rows,
              list(features.columns), numpy.zeros(len(rows), dtype=bool), believed, [])
    add_plants(log, kind, rng)
    usual = believed if kind == "silent" else numpy.full(len(rows), base)
    log.failed = rng.random(len(rows)) < chance_of_failure(log, usual)
    rows["label"] = labels_of(prediction[order], log.failed, classes, rng)
    return log
