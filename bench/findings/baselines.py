"""Two plain ways to find where a model fails, both confirmed on a half of the cases that the search has not seen.

  tree  the leaves of scikit-learn's decision tree of depth 4
  beam  a beam search over conjunctions of up to 3 conditions (runs of deciles, single categories, missing), one after
        the other, each on the cases that no earlier one holds

Fisher's exact test of a group against the rest, one-sided, and Benjamini–Hochberg at .05 over what a search proposes.
"""

import numpy
import pandas
from scipy.special import xlogy
from scipy.stats import hypergeom, norm
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

FDR = 0.05
WIDTH, LENGTH, ROUNDS = 20, 3, 10
LEAST_SHARE = 0.01  # of the searched half
LENGTH_COST = 3.0  # log-likelihood that another condition has to bring
LEAST_GAIN = 10.0  # log-likelihood of a group worth testing
SEED = 1


def halves(count):
    searched = numpy.zeros(count, dtype=bool)
    searched[numpy.random.default_rng(SEED).permutation(count)[:count // 2]] = True
    return searched


def searched_columns(log):
    """The features and the time as a number."""
    seconds = log.rows["time"].astype("datetime64[s]").astype("int64").astype(float)
    return log.rows[log.features].assign(time=seconds)


def fisher(failed, inside):
    """Chance of as many failures inside, if they fell anywhere."""
    return float(hypergeom.sf((failed & inside).sum() - 1, len(failed), failed.sum(), inside.sum()))


def excess(failed, inside, believed):
    """Chance of as many failures as inside, if each case failed as often as is believed (a normal approximation)."""
    spread = numpy.sqrt((believed * (1 - believed))[inside].sum())
    return float(norm.sf((failed[inside].sum() - 0.5 - believed[inside].sum()) / spread)) if spread > 0 else 1.0


def confirmed(p_values):
    """Benjamini–Hochberg: which ones stay."""
    order = numpy.argsort(p_values)
    below = numpy.sort(p_values) <= FDR * numpy.arange(1, len(p_values) + 1) / max(1, len(p_values))
    last = numpy.flatnonzero(below).max(initial=-1)
    return sorted(order[:last + 1].tolist())


def tree(log, _silent):
    table = searched_columns(log)
    texts = OneHotEncoder(max_categories=40, handle_unknown="infrequent_if_exist", sparse_output=False)
    columns = make_column_transformer((texts, make_column_selector(dtype_exclude="number")), remainder="passthrough")
    searched, held_out = halves(len(table)), ~halves(len(table))
    codes = columns.fit_transform(table)
    learner = DecisionTreeClassifier(max_depth=4, min_samples_leaf=max(20, int(LEAST_SHARE * searched.sum())),
                                     random_state=SEED)
    leaf_of = learner.fit(codes[searched], log.failed[searched]).apply(codes)
    leaves = numpy.unique(leaf_of)
    p_values = [fisher(log.failed[held_out], (leaf_of == leaf)[held_out]) for leaf in leaves]
    kept = sorted(confirmed(p_values), key=lambda at: p_values[at])
    return [leaf_of == leaves[at] for at in kept], [f"leaf {leaves[at]}" for at in kept]


def runs_of_deciles(column, searched):
    values = column.to_numpy(dtype=float)
    known = values[searched & ~numpy.isnan(values)]
    edges = numpy.unique(numpy.quantile(known, numpy.arange(0, 1.01, 0.1), method="nearest")) if len(known) else []
    for low in range(len(edges)):
        for high in range(low, len(edges)):
            # Bins are closed at both ends at the first edge, and above that edge otherwise.
            above = -numpy.inf if low == 0 else edges[low - 1]
            if low == 0 and high == len(edges) - 1:
                continue
            yield f"{column.name} in ({above:g}, {edges[high]:g}]", (values > above) & (values <= edges[high])


def conditions(table, searched):
    """All single conditions: words, features and masks."""
    words, features, masks = [], [], []
    for at, name in enumerate(table.columns):
        column = table[name]
        found = [(f"{name} is missing", column.isna().to_numpy())] if column.isna().any() else []
        if pandas.api.types.is_numeric_dtype(column):
            found += runs_of_deciles(column, searched)
        else:
            found += [(f"{name} = {value}", (column == value).to_numpy(dtype=bool)) for value in column.dropna().unique()]
        for text, mask in found:
            if mask[searched].mean() >= LEAST_SHARE:
                words.append(text), features.append(at), masks.append(mask)
    return words, numpy.array(features), numpy.array(masks)


def gain(inside, failures, believed, cases, all_failures):
    """Log-likelihood of a rate of its own inside, against what is believed, or without a belief one rate for all."""
    with numpy.errstate(divide="ignore", invalid="ignore"):
        if believed is not None:
            rate = failures / inside
            gained = xlogy(failures, failures / believed) + xlogy(inside - failures,
                                                                  (inside - failures) / (inside - believed))
            return numpy.where(failures > believed, gained, 0)
        outside, others = cases - inside, all_failures - failures
        rate, rest = failures / inside, others / outside
        gained = (xlogy(failures, rate) + xlogy(inside - failures, 1 - rate)
                  + xlogy(others, rest) + xlogy(outside - others, 1 - rest)
                  - xlogy(all_failures, all_failures / cases) - xlogy(cases - all_failures, 1 - all_failures / cases))
        return numpy.where(rate > rest, gained, 0)


def best_conjunction(masks, features, failed, believed):
    """The conjunction of most gain, as positions in `masks`, and that gain; the masks are those of the cases left."""
    cases, all_failures = len(failed), failed.sum()
    least = max(20, LEAST_SHARE * cases)
    single = masks.astype(numpy.float32)
    best, best_gain = (), 0.0
    beam = [()]
    for length in range(1, LENGTH + 1):
        held = numpy.array([numpy.logical_and.reduce(masks[list(one)]) if one else numpy.ones(cases, dtype=bool)
                            for one in beam]).astype(numpy.float32)
        inside = (held @ single.T).astype(float)
        failures = ((held * failed) @ single.T).astype(float)
        expected = None if believed is None else ((held * believed) @ single.T).astype(float)
        gains = gain(inside, failures, expected, cases, all_failures) - LENGTH_COST * (length - 1)
        gains[inside < least] = 0
        for row, one in enumerate(beam):  # a feature stands once in a conjunction
            gains[row, numpy.isin(features, features[list(one)])] = 0
        children = {}
        for at in numpy.argsort(gains, axis=None)[::-1]:
            row, column = divmod(int(at), len(features))
            if gains[row, column] <= 0 or len(children) == WIDTH:
                break
            children.setdefault(tuple(sorted(beam[row] + (column,))), gains[row, column])
        for child, value in children.items():
            if value > best_gain:
                best, best_gain = child, value
        beam = list(children)
        if not beam:
            break
    return best, best_gain


def beam(log, silent):
    table = searched_columns(log)
    searched = halves(len(table))
    words, features, masks = conditions(table, searched)
    left = numpy.ones(len(table), dtype=bool)
    groups, texts, p_values = [], [], []
    for _ in range(ROUNDS):
        at = searched & left
        believed = log.believed[at].astype(numpy.float32) if silent else None
        found, gained = best_conjunction(masks[:, at], features, log.failed[at], believed)
        if gained < LEAST_GAIN:
            break
        cases = numpy.logical_and.reduce(masks[list(found)])
        tested = ~searched & left
        p_values.append(excess(log.failed[tested], cases[tested], log.believed[tested]) if silent
                        else fisher(log.failed[tested], cases[tested]))
        groups.append(cases)
        texts.append(" and ".join(words[one] for one in found))
        left &= ~cases
    kept = confirmed(numpy.array(p_values)) if groups else []
    return [groups[at] for at in kept], [texts[at] for at in kept]
