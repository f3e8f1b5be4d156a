-- The tables that `ipcmark merge` writes, and the view that every question reads. The same text for
-- SQLite and DuckDB. Empty fields of the CSV are NULL; booleans are yes and no; times are ISO 8601
-- in UTC, so that their order as text is their order in time. `cells` has a column more for each
-- figure.
CREATE TABLE runs (run_id VARCHAR, started VARCHAR, finished VARCHAR, host VARCHAR,
  host_class VARCHAR, machine VARCHAR, version VARCHAR, revision VARCHAR, suite VARCHAR,
  shard VARCHAR, trials_asked INTEGER, interrupted VARCHAR, file VARCHAR);
CREATE TABLE labels (run_id VARCHAR, name VARCHAR, value VARCHAR);
CREATE TABLE figures (run_id VARCHAR, key VARCHAR, figure VARCHAR, unit VARCHAR, better VARCHAR,
  headline VARCHAR, median DOUBLE, low DOUBLE, high DOUBLE, trials INTEGER,
  machine_state_ns DOUBLE, comparable VARCHAR, two_groups VARCHAR);
CREATE TABLE cells (run_id VARCHAR, started VARCHAR, host VARCHAR, host_class VARCHAR, key VARCHAR,
  scenario VARCHAR, mechanism VARCHAR, status VARCHAR, reason VARCHAR, machine_state_ns DOUBLE,
  comparable VARCHAR);
-- What a question is asked with: a row for each parameter; those without a row have their defaults.
CREATE TABLE parameters (name VARCHAR, value VARCHAR);

-- Each figure with its run, and the state of the machine that it is from as a number: within a host
-- class and a cell, the readings in ascending order are split where one is at least 1.5 times the
-- one before it, as ipcmark itself splits them. Figures of two states must not be compared with each
-- other. A state that is not known (0 ns) is one of its own.
CREATE VIEW measured AS
WITH together AS (
  SELECT r.run_id, r.started, r.host_class, r.host, r.revision, f.key, f.figure, f.unit, f.better,
    f.headline, f.median, f.low, f.high, f.trials, f.two_groups,
    coalesce(f.machine_state_ns, 0) AS state_ns
  FROM figures f JOIN runs r ON r.run_id = f.run_id
  WHERE f.median IS NOT NULL
), jumps AS (
  SELECT *, CASE WHEN state_ns > 0 AND state_ns >= 1.5 * lag(state_ns)
      OVER (PARTITION BY host_class, key, figure ORDER BY state_ns) THEN 1 ELSE 0 END AS jump
  FROM together
)
SELECT *, CAST(sum(jump) OVER (PARTITION BY host_class, key, figure ORDER BY state_ns) AS INTEGER)
  AS state
FROM jumps;
