#!/usr/bin/env python3
"""Streams that chose nothing: prediction logs of many models, features, orders and simulations, for the failure memory.

Usage: bench/unseen_streams.py DATA FOLDER [NAME ...]

DATA is a folder of public data sets (shared/data beside this repository), FOLDER where the logs go. A coin that was
thrown before any of them was looked at splits the streams in two: `development` (to choose on) and
`held-out` (looked at once). What was lost there led to more streams of `development`; `fresh` are streams made after
that. Needs the packages of deps/bench-python.txt. Same seeds, same logs.

A stream: a model is trained on a first part (or a sample of it) and frozen; then come a warm-up and what is scored.
"""

import gzip
import pathlib
import random
import sys
import zipfile

import numpy
import pandas
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

MOST_CASES = 20_000
STREAMS, MORE, FRESH = {}, {}, {}


def stream(make):
    STREAMS[make.__name__] = make
    return make


def development(make):
    """Made after the coin was thrown, when the development half was found to have too few of its kind."""
    MORE[make.__name__] = make
    return make


def fresh(make):
    """Made when everything had been chosen."""
    FRESH[make.__name__] = make
    return make


def sigmoid(z):
    return 1 / (1 + numpy.exp(-z))


def scaled(model):
    return make_pipeline(StandardScaler(), model)


def logistic(c=1.0):
    return scaled(LogisticRegression(C=c, max_iter=1000))


def boosting(steps=100):
    return HistGradientBoostingClassifier(max_iter=steps, random_state=1)


def log_of(x, y, p, train, warm):
    """p [n, classes]: what the model says. The first `train` rows are its training part, then `warm` of warm-up."""
    log = pandas.DataFrame(numpy.asarray(x, dtype="float32"), columns=[f"f{i}" for i in range(x.shape[1])])
    log["y_true"] = y.astype(int)
    log["y_pred"] = p.argmax(1)
    log["p"] = numpy.clip(p.max(1), 0, 1)
    if p.shape[1] == 2:
        log["p1"] = numpy.clip(p[:, 1], 0, 1)
    log["t"] = numpy.arange(len(log))
    log["split"] = numpy.select([log.t < train, log.t < train + warm], ["train", "warm"], "eval")
    return log


def frozen(x, y, model, train=0.2, warm=0.2, shown=None):
    """The log of a model trained on the first share of the rows; `shown`: the features that the log has."""
    x, y = numpy.asarray(x, dtype=float)[:MOST_CASES], numpy.unique(y[:MOST_CASES], return_inverse=True)[1]
    rows = len(y)
    model.fit(x[: int(train * rows)], y[: int(train * rows)])
    p = numpy.zeros((rows, y.max() + 1))
    p[:, model.classes_] = model.predict_proba(x)
    return log_of(x if shown is None else x[:, shown], y, p, int(train * rows), int(warm * rows))


def order(x, y, by):
    at = numpy.argsort(by, kind="stable")
    return x[at], y[at]


def shuffled(x, y, seed=1):
    at = numpy.random.default_rng(seed).permutation(len(y))
    return x[at], y[at]


def raw_stream(data, name):
    table = pandas.read_csv(data / "streams" / f"{name}__lr_frozen.csv.gz")
    return table.filter(regex="^f[0-9]+$").to_numpy(), table.y_true.to_numpy()


def adult(data):
    table = pandas.read_csv(data / "adult/adult.data", header=None, skipinitialspace=True)
    codes = [table[c].astype("category").cat.codes if table[c].dtype.kind not in "if" else table[c] for c in range(14)]
    return numpy.column_stack(codes).astype(float), (table[14] == ">50K").to_numpy()


def covertype(data):
    table = pandas.read_csv(data / "covtype20k/covtype.20k.data", header=None).to_numpy()
    soil = table[:, 14:54].argmax(1)
    area = table[:, 10:14].argmax(1)
    return numpy.column_stack([table[:, :10], area, soil]), table[:, 54]


def airlines(data):
    with zipfile.ZipFile(data / "airlines/allyears2k_headers.zip") as archive:
        table = pandas.read_csv(archive.open(archive.namelist()[0]), encoding="latin-1", low_memory=False)
    names = ["Month", "DayofMonth", "DayOfWeek", "CRSDepTime", "CRSArrTime", "Distance"]
    columns = [table[name].fillna(-1) for name in names]
    columns += [table[name].astype("category").cat.codes for name in ("UniqueCarrier", "Origin", "Dest")]
    return numpy.column_stack(columns).astype(float)[::2], (table.IsDepDelayed == "YES").to_numpy()[::2]


def flights(data):
    table = pandas.read_csv(data / "logs/flights_predictions.csv.gz", nrows=200_000)
    table = table.iloc[::10]
    columns = [table[n] for n in ("month", "dow", "hour", "minute", "distance", "sched_block")]
    columns += [table[n].astype("category").cat.codes for n in ("carrier", "origin", "dest", "tail_fleet")]
    return numpy.nan_to_num(numpy.column_stack(columns).astype(float), nan=-1), table.y_true.to_numpy()


def images(data, folder, rows, width):
    with gzip.open(data / folder / "train-images-idx3-ubyte.gz") as file:
        pixels = numpy.frombuffer(file.read(), numpy.uint8, offset=16).reshape(-1, 784)[:rows] / 255
    with gzip.open(data / folder / "train-labels-idx1-ubyte.gz") as file:
        labels = numpy.frombuffer(file.read(), numpy.uint8, offset=8)[:rows]
    return PCA(width, random_state=1).fit_transform(pixels), labels


def cifar(data, width):
    raw = numpy.frombuffer(gzip.open(data / "cifar10/data_batch_1.bin.gz").read(), numpy.uint8).reshape(-1, 3073)
    return PCA(width, random_state=1).fit_transform(raw[:, 1:] / 255), raw[:, 0]


# Real data, other models, features and orders.


@stream
def elec2_tree(data):
    table = pandas.read_csv(data / "elec2/electricity.csv")
    return frozen(table.iloc[:20_000, 1:8].to_numpy(), table["class"].to_numpy(), DecisionTreeClassifier(
        max_depth=7, random_state=1))


@stream
def elec2_demand(data):
    """Late half, no prices: only the day, the period and demands."""
    table = pandas.read_csv(data / "elec2/electricity.csv").iloc[22_000:42_000]
    return frozen(table[["day", "period", "nswdemand", "vicdemand", "transfer"]].to_numpy(),
                  table["class"].to_numpy(), boosting(50))


@stream
def weather_bayes(data):
    table = pandas.read_csv(data / "weather/weather.csv")
    return frozen(table.iloc[:, :8].to_numpy(), table.target.to_numpy(), GaussianNB())


@stream
def weather_forest(data):
    """Three features only, by a model that saw all eight."""
    table = pandas.read_csv(data / "weather/weather.csv")
    return frozen(table.iloc[:, :8].to_numpy(), table.target.to_numpy(), RandomForestClassifier(
        100, min_samples_leaf=3, random_state=1), shown=[0, 3, 4])


@stream
def airlines_boosting(data):
    return frozen(*airlines(data), boosting())


@stream
def airlines_logistic(data):
    x, y = airlines(data)
    return frozen(x[::-1], y[::-1], logistic())


@stream
def covertype_forest(data):
    return frozen(*covertype(data), RandomForestClassifier(100, min_samples_leaf=2, random_state=1))


@stream
def covertype_shuffled(data):
    return frozen(*shuffled(*covertype(data)), boosting(40))


@stream
def covertype_heights(data):
    x, y = covertype(data)
    return frozen(*order(x, y, numpy.sin(x[:, 0] / 150)), logistic())


@stream
def adult_shuffled(data):
    return frozen(*shuffled(*adult(data)), boosting(60))


@stream
def adult_ages(data):
    x, y = adult(data)
    x, y = shuffled(x, y, 2)
    x, y = x[:20_000], y[:20_000]
    by = x[:, 0] + numpy.random.default_rng(3).normal(0, 15, len(y))
    return frozen(*order(x, y, by), logistic())


@stream
def compas_logistic(data):
    table = pandas.read_csv(data / "compas/compas.csv").sort_values("compas_screening_date", kind="stable")
    names = ["sex", "age", "race", "juv_fel_count", "juv_misd_count", "priors_count", "c_charge_degree"]
    columns = [table[n].astype("category").cat.codes if table[n].dtype.kind not in "if" else table[n] for n in names]
    return frozen(numpy.column_stack(columns), table.two_year_recid.to_numpy(), logistic())


@stream
def beijing_nearest(data):
    x, y = raw_stream(data, "beijing_pm25")
    return frozen(x[20_000:], y[20_000:], scaled(KNeighborsClassifier(25)))


@stream
def bike_network(data):
    return frozen(*raw_stream(data, "bike"), scaled(MLPClassifier((16,), max_iter=60, random_state=1)))


@stream
def occupancy_bayes(data):
    x, y = raw_stream(data, "occupancy")
    return frozen(x[:, :4], y, GaussianNB())


@stream
def phishing_tree(data):
    x, y = raw_stream(data, "phishing")
    return frozen(x[:, 10:], y, DecisionTreeClassifier(max_depth=5, random_state=1))


@stream
def flights_boosting(data):
    return frozen(*flights(data), boosting())


@stream
def mnist_blocks(data):
    """Digits in runs of some hundred of few classes; the model saw few images."""
    x, y = images(data, "mnist", 14_000, 16)
    rng = numpy.random.default_rng(5)
    by = numpy.arange(len(y)) / 700 + (y % 5) * 0.4 + rng.normal(0, 0.2, len(y))
    x, y = order(x, y, by)
    x = x + rng.normal(0, 1, x.shape) * (numpy.sin(numpy.arange(len(y)) / 900) > 0.5)[:, None]
    return frozen(x, y, logistic(), train=0.15)


@stream
def fashion_dark(data):
    """A camera that darkens slowly and is repaired twice."""
    x, y = images(data, "fashion-mnist", 15_000, 20)
    light = 1 - 0.6 * (numpy.arange(len(y)) % 6000) / 6000
    light[:4000] = 1
    return frozen(x * light[:, None], y, logistic(), train=0.15)


@stream
def cifar_network(data):
    return frozen(*cifar(data, 30), scaled(MLPClassifier((64,), max_iter=25, random_state=1)), train=0.3)


# Simulations.


def bank(seed, base, swing, period, rows=20_000, drift=0.0):
    """Few customers say yes; how many drifts with the season; the model was trained at another rate."""
    rng = numpy.random.default_rng(seed)
    x = rng.normal(0, 1, (rows, 8))
    x[:, 4:] = numpy.round(numpy.abs(x[:, 4:]) * 2)
    t = numpy.arange(rows)
    season = swing * numpy.sin(2 * numpy.pi * t / period) + drift * t / rows
    walk = numpy.cumsum(rng.normal(0, 0.01, rows))
    truth = base + season + 0.3 * walk + 0.9 * x[:, 0] - 0.6 * x[:, 1] * (x[:, 4] > 1) + 0.4 * x[:, 2]
    y = (rng.random(rows) < sigmoid(truth)).astype(int)
    return frozen(x, y, logistic())


@stream
def bank_rare(data):
    return bank(11, -4.6, 0.8, 3000)


@stream
def bank_season(data):
    return bank(12, -4.0, 1.5, 6000)


@stream
def bank_rising(data):
    return bank(13, -4.8, 0.3, 2000, drift=3.0)


@stream
def bank_falling(data):
    return bank(14, -2.2, 0.6, 900, drift=-3.0)


def noise(seed, rows, confidence_is_right, rate):
    """Nothing but chance: whatever learns from the past can only lose."""
    rng = numpy.random.default_rng(seed)
    x = rng.normal(0, 1, (rows, 6))
    if confidence_is_right:
        p1 = sigmoid(2.5 * x[:, 0] * x[:, 1] + 3 * x[:, 2] * numpy.sign(x[:, 3]))
        y = (rng.random(rows) < p1).astype(int)
    else:
        p1 = sigmoid(rng.normal(0, 2, rows))
        y = (p1 > 0.5).astype(int) ^ (rng.random(rows) < rate)
    return log_of(x, y, numpy.column_stack([1 - p1, p1]), rows // 5, rows // 5)


@stream
def noise_calibrated(data):
    return noise(21, 15_000, True, 0)


@stream
def noise_rare(data):
    return noise(22, 20_000, False, 0.02)


@stream
def noise_half(data):
    return noise(23, 12_000, False, 0.45)


def runs(seed, rows, length, lift):
    """Long runs of one label (an eye open, an eye closed), slow sensors, a model that is right half of the time."""
    rng = numpy.random.default_rng(seed)
    ends = numpy.cumsum(rng.exponential(length, 4 * rows // length + 10)).astype(int)
    state = numpy.searchsorted(ends, numpy.arange(rows), side="right") % 2
    slow = numpy.zeros((rows, 8))
    for i in range(1, rows):
        slow[i] = 0.998 * slow[i - 1] + rng.normal(0, 0.06, 8)
    x = slow + rng.normal(0, 0.3, (rows, 8)) + lift * state[:, None] * rng.normal(0.3, 0.3, 8)
    return frozen(x, state, logistic(), train=0.25)


@stream
def runs_long(data):
    return runs(31, 15_000, 900, 0.8)


@stream
def runs_middle(data):
    return runs(32, 15_000, 500, 1.2)


@stream
def runs_short(data):
    return runs(33, 15_000, 60, 1.0)


def outdoor(seed, classes, rows, length):
    """Many classes met one after another for a while, in changing light."""
    rng = numpy.random.default_rng(seed)
    centres = rng.normal(0, 1.3, (classes, 10))
    met = numpy.repeat(rng.integers(0, classes, rows // length + 1), length)[:rows]
    met[: rows // 4] = rng.integers(0, classes, rows // 4)
    light = numpy.repeat(rng.normal(0, 0.8, (rows // 400 + 1, 10)), 400, axis=0)[:rows]
    return frozen(centres[met] + rng.normal(0, 0.9, (rows, 10)) + light, met, logistic(), train=0.25)


@stream
def outdoor_forty(data):
    return outdoor(41, 40, 8000, 20)


@stream
def outdoor_twelve(data):
    return outdoor(42, 12, 12_000, 150)


@development
def bank_more(data):
    return bank(15, -3.8, 0.8, 4000, drift=1.5)


@development
def bank_less(data):
    return bank(16, -2.8, 1.0, 2500, drift=-1.5)


@development
def noise_more(data):
    return noise(24, 15_000, True, 0)


@development
def noise_some(data):
    return noise(25, 12_000, False, 0.25)


@development
def runs_more(data):
    return runs(34, 15_000, 1200, 0.7)


@development
def runs_less(data):
    return runs(35, 15_000, 400, 1.5)


@development
def elec2_afternoon(data):
    table = pandas.read_csv(data / "elec2/electricity.csv").iloc[5000:25_000]
    return frozen(table[["period", "nswdemand", "day"]].to_numpy(), table["class"].to_numpy(), logistic())


@development
def occupancy_nearest(data):
    x, y = raw_stream(data, "occupancy")
    return frozen(x[:, [0, 1, 4, 5]], y, scaled(KNeighborsClassifier(15)))


@development
def beijing_months(data):
    x, y = raw_stream(data, "beijing_pm25")
    return frozen(x[:20_000, [0, 1, 3, 4]], y[:20_000], boosting(30))


def more_runs(seed, length, lift):
    return runs(60 + seed, 15_000, length, lift)


# What the held-out half showed to be hard.
for number, (length, lift) in enumerate([(900, 0.9), (700, 1.3), (300, 0.8), (1500, 1.0), (600, 0.7), (1000, 1.4)]):
    MORE[f"runs_{number}"] = lambda data, at=(number, length, lift): more_runs(*at)


@fresh
def fresh_runs_a(data):
    return runs(71, 15_000, 800, 0.8)


@fresh
def fresh_runs_b(data):
    return runs(72, 15_000, 500, 1.1)


@fresh
def fresh_runs_c(data):
    return runs(73, 15_000, 1300, 1.2)


@fresh
def fresh_bank_a(data):
    return bank(81, -4.3, 1.0, 5000, drift=0.5)


@fresh
def fresh_bank_b(data):
    return bank(82, -3.2, 0.5, 1500, drift=-1.0)


@fresh
def fresh_outdoor(data):
    return outdoor(91, 25, 10_000, 60)


@fresh
def fresh_noise(data):
    return noise(26, 15_000, False, 0.1)


@fresh
def fresh_elec2_network(data):
    table = pandas.read_csv(data / "elec2/electricity.csv").iloc[25_000:45_000]
    return frozen(table[["period", "nswprice", "vicprice", "transfer"]].to_numpy(), table["class"].to_numpy(),
                  scaled(MLPClassifier((20,), max_iter=40, random_state=1)))


@fresh
def fresh_weather_backwards(data):
    table = pandas.read_csv(data / "weather/weather.csv").iloc[::-1]
    return frozen(table[["feat_2", "feat_3", "feat_5", "feat_7"]].to_numpy(), table.target.to_numpy(), logistic())


@fresh
def fresh_covertype_bayes(data):
    x, y = covertype(data)
    return frozen(*order(x, y, x[:, 5] + numpy.random.default_rng(7).normal(0, 400, len(y))), GaussianNB())


@fresh
def fresh_adult_forest(data):
    x, y = adult(data)
    x, y = x[12_000:], y[12_000:]
    by = x[:, 12] + numpy.random.default_rng(8).normal(0, 10, len(y))
    return frozen(*order(x, y, by), RandomForestClassifier(100, min_samples_leaf=3, random_state=1))


@fresh
def fresh_bike_boosting(data):
    x, y = raw_stream(data, "bike")
    return frozen(x[:, 4:], y, boosting(40))


@fresh
def fresh_phishing_network(data):
    return frozen(*raw_stream(data, "phishing"), MLPClassifier((8,), max_iter=40, random_state=1), train=0.1)


@fresh
def fresh_fashion_bayes(data):
    x, y = images(data, "fashion-mnist", 14_000, 12)
    by = numpy.arange(len(y)) / 1000 + (y % 4) * 0.6
    return frozen(*order(x, y, by), GaussianNB(), train=0.2)


@fresh
def fresh_flights_forest(data):
    x, y = flights(data)
    return frozen(x[:, [0, 1, 2, 4, 6, 8]], y, RandomForestClassifier(100, min_samples_leaf=5, random_state=1))


@fresh
def fresh_cifar_logistic(data):
    return frozen(*cifar(data, 15), logistic(), train=0.3)


def halves():
    """A coin for each stream, thrown before any was looked at."""
    names = sorted(STREAMS)
    random.Random(20261129).shuffle(names)
    half = len(names) // 2
    return {name: "development" if at < half else "held-out" for at, name in enumerate(names)} | dict.fromkeys(
        MORE, "development") | dict.fromkeys(FRESH, "fresh")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    data, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    every = STREAMS | MORE | FRESH
    for name in sys.argv[3:] or sorted(every):
        path = folder / halves()[name] / f"{name}.csv.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        every[name](data).to_csv(path, index=False, float_format="%.6g", compression={"method": "gzip", "mtime": 1})


if __name__ == "__main__":
    main()
