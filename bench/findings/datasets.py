"""The public data sets that logs are drawn from: features as they are, missing values kept, and what is predicted."""

import functools
import pathlib
import zipfile

import pandas

ADULT = ("age workclass fnlwgt education education_num marital_status occupation relationship race sex capital_gain "
         "capital_loss hours_per_week native_country income").split()
COMPAS = ("sex age race juv_fel_count juv_misd_count juv_other_count priors_count days_b_screening_arrest "
          "c_charge_degree").split()
COVERTYPE = ("elevation aspect slope to_hydrology above_hydrology to_roadways hillshade_9am hillshade_noon "
             "hillshade_3pm to_fire_points").split()
AIRLINES = ("Month DayofMonth DayOfWeek CRSDepTime CRSArrTime UniqueCarrier FlightNum CRSElapsedTime Origin Dest "
            "Distance").split()  # what is known before a flight


def adult(folder):
    parts = [pandas.read_csv(folder / "adult" / name, names=ADULT, skiprows=skipped, skipinitialspace=True,
                             na_values="?") for name, skipped in (("adult.data", 0), ("adult.test", 1))]
    rows = pandas.concat(parts, ignore_index=True)
    return rows.drop(columns="income"), rows["income"].str.rstrip(".")


def compas(folder):
    rows = pandas.read_csv(folder / "compas" / "compas.csv")
    return rows[COMPAS], rows["two_year_recid"].map({0: "no", 1: "yes"})


def one_of(flags, word):
    """The category that one-hot columns stand for."""
    return pandas.Series([f"{word} {at + 1}" for at in flags.to_numpy().argmax(axis=1)])


def covertype(folder):
    rows = pandas.read_csv(folder / "covtype20k" / "covtype.20k.data", header=None)
    features = rows.iloc[:, :10].set_axis(COVERTYPE, axis=1)
    features["area"] = one_of(rows.iloc[:, 10:14], "area")
    features["soil"] = one_of(rows.iloc[:, 14:54], "soil")
    return features, "cover " + rows[54].astype(str)


def airlines(folder):
    with zipfile.ZipFile(folder / "airlines" / "allyears2k_headers.zip") as archive:
        with archive.open(archive.namelist()[0]) as file:
            rows = pandas.read_csv(file, usecols=[*AIRLINES, "IsArrDelayed"], encoding="latin-1")
    return rows[AIRLINES], rows["IsArrDelayed"].map({"NO": "on time", "YES": "late"})


READERS = (adult, covertype, airlines, compas)


@functools.lru_cache(maxsize=None)
def read(number, folder):
    """Features and labels of data set `number`."""
    features, labels = READERS[number](pathlib.Path(folder))
    return features.reset_index(drop=True), labels.astype(str).reset_index(drop=True)
