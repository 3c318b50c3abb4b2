"""examples/features, read by the libraries that it is for."""

from support.case import Case, Failure, expect_equal
from support.program import ROOT, sluice


def cases():
    yield Case("features", features)


def features(folder):
    features_in(folder / "lake", {"LAKE": folder / "lake", "OUT": folder / "out"})


def features_in(lake, env):
    """Runs the example, whose LAKE is the folder `lake`, and reads what it wrote."""
    for name in ("customers.yaml", "features.yaml", "features.yaml"):
        sluice("run", f"examples/features/{name}", cwd=ROOT, env=env).must_exit(0)
    import pandas
    import polars

    frame = pandas.read_parquet(lake / "features", engine="pyarrow")
    expect_equal(5000, len(frame), "rows")
    expect_equal(0, int(frame.isna().sum().sum()), "gaps")
    check_against(pandas.read_parquet(lake / "customers", engine="pyarrow"), frame)
    same = polars.read_parquet(f"{lake}/features/**/*.parquet", hive_partitioning=True)
    expect_equal(sorted(frame["customer_id"]), sorted(same["customer_id"]), "what Polars reads")
    expect_equal(round(frame["age"].sum(), 9), round(same["age"].sum(), 9), "ages in Polars")
    check_learning(frame)


def check_against(customers, frame):
    """The same by pandas alone."""
    both = customers.merge(frame, on="customer_id", suffixes=("", "_feature"))
    train = both[both["part"] == "train"]
    if not 0.75 < len(train) / len(both) < 0.85:
        raise Failure(f"{len(train)} training rows of {len(both)}")
    for column in ("age", "monthly_bill"):
        raw = both[column].astype(float)
        mean, deviation = raw[train.index].mean(), raw[train.index].std(ddof=0)
        error = ((raw - mean) / deviation - both[f"{column}_feature"]).abs().max()
        if error > 1e-9:
            raise Failure(f"{column} is off by up to {error}")
    calls = both["calls"].fillna(train["calls"].median())
    expect_equal(0, int((calls != both["calls_feature"]).sum()), "calls that differ")
    expect_equal(0, int((both["calls"].isna() != (both["calls_unknown"] == 1)).sum()), "unknown calls")
    for plan in ("basic", "plus", "pro"):
        expect_equal(0, int(((both["plan"] == plan) != (both[f"plan_{plan}"] == 1)).sum()), plan)


def check_learning(frame):
    """A model learns from the training rows and is better than guessing on the others."""
    from sklearn.linear_model import LogisticRegression

    inputs = [column for column in frame if column not in ("customer_id", "part", "label")]
    train, test = frame[frame["part"] == "train"], frame[frame["part"] == "test"]
    model = LogisticRegression(max_iter=1000).fit(train[inputs], train["label"])
    guess = max(test["label"].mean(), 1 - test["label"].mean())
    score = model.score(test[inputs], test["label"])
    if score < guess + 0.05:
        raise Failure(f"the model is right in {score:.3f} of the test rows, a guess in {guess:.3f}")
