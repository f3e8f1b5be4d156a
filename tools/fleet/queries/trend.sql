-- How did a cell change over time, on each class of hosts?
--
-- Parameters (rows of the table `parameters`):
--   key=KEY        the cell; without it the answer is empty
--   figure=NAME    this figure of it (its headline)
--   host=NAME      this host alone (all)
-- Columns: host_class; host; state: of the machine, numbered within the class: figures of two states
-- must not be compared with each other; state_ns: its core-to-core round trip, 0 if unknown; started;
-- run_id; revision: of ipcmark; median, low, high: with the interval over the trials; unit; trials;
-- two_groups; change_percent: of the median, since the run before in this host's state.
WITH asked AS (
  SELECT max(CASE WHEN name = 'key' THEN value END) AS key,
    max(CASE WHEN name = 'figure' THEN value END) AS figure,
    max(CASE WHEN name = 'host' THEN value END) AS host
  FROM parameters
), chosen AS (
  SELECT m.*, lag(m.median) OVER (PARTITION BY m.host_class, m.host, m.state, m.figure
    ORDER BY m.started, m.run_id) AS before
  FROM measured m CROSS JOIN asked
  WHERE m.key = asked.key
    AND CASE WHEN asked.figure IS NULL THEN m.headline = 'yes' ELSE m.figure = asked.figure END
    AND (asked.host IS NULL OR m.host = asked.host)
)
SELECT host_class, host, state, state_ns, started, run_id, revision, median, low, high, unit, trials,
  two_groups, round(100.0 * (median - before) / nullif(before, 0), 2) AS change_percent
FROM chosen
ORDER BY host_class, started, host, run_id;
