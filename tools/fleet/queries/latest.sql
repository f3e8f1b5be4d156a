-- What is the latest figure of each cell, on each class of hosts?
--
-- Parameters (rows of the table `parameters`):
--   key=PATTERN    only these cells, by a pattern of LIKE (%; _ is any character)
--   figure=NAME    this figure of every cell (its headline)
-- Columns: host_class; key; figure; unit; started: of the latest run that has it; host: where;
-- median, low, high: with the interval over the trials; trials: behind it; state_ns: of the machine,
-- 0 if unknown; two_groups: its trials fall into two groups, of which the median is neither.
WITH asked AS (
  SELECT coalesce(max(CASE WHEN name = 'key' THEN value END), '%') AS key,
    max(CASE WHEN name = 'figure' THEN value END) AS figure
  FROM parameters
), chosen AS (
  SELECT m.*, row_number() OVER (PARTITION BY m.host_class, m.key, m.figure
    ORDER BY m.started DESC, m.run_id) AS age
  FROM measured m CROSS JOIN asked
  WHERE m.key LIKE asked.key
    AND CASE WHEN asked.figure IS NULL THEN m.headline = 'yes' ELSE m.figure = asked.figure END
)
SELECT host_class, key, figure, unit, started, host, median, low, high, trials, state_ns, two_groups
FROM chosen
WHERE age = 1
ORDER BY host_class, key, figure;
