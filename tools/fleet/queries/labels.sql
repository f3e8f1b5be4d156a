-- What differs between the runs of two values of a label: two commits, two kernels?
--
-- Parameters (rows of the table `parameters`):
--   name=LABEL     the label; without it, or without a and b, the answer is empty
--   a=VALUE        its value in the runs to compare with
--   b=VALUE        its value in the others
--   key=PATTERN    only these cells, by a pattern of LIKE (%)
--   figure=NAME    this figure of every cell (its headline)
-- Columns: host_class; state: of the machine, numbered within class and cell; key; figure; unit;
-- better: which way; runs_a; median_a, min_a, max_a: of the medians of these runs; runs_b; median_b,
-- min_b, max_b: likewise; change_percent: from median_a to median_b; apart: yes: all of b lie on one
-- side of all of a.
-- Between hosts or days this is advice. `ipcmark ab` on one host is a verdict.
WITH asked AS (
  SELECT max(CASE WHEN name = 'name' THEN value END) AS name,
    max(CASE WHEN name = 'a' THEN value END) AS a,
    max(CASE WHEN name = 'b' THEN value END) AS b,
    coalesce(max(CASE WHEN name = 'key' THEN value END), '%') AS key,
    max(CASE WHEN name = 'figure' THEN value END) AS figure
  FROM parameters
), sides AS (
  SELECT l.run_id, 'a' AS side FROM labels l CROSS JOIN asked
    WHERE l.name = asked.name AND l.value = asked.a
  UNION ALL
  SELECT l.run_id, 'b' AS side FROM labels l CROSS JOIN asked
    WHERE l.name = asked.name AND l.value = asked.b
), ranked AS (
  SELECT m.*, s.side,
    row_number() OVER (PARTITION BY m.host_class, m.key, m.figure, m.state, s.side
      ORDER BY m.median) AS place,
    count(*) OVER (PARTITION BY m.host_class, m.key, m.figure, m.state, s.side) AS runs
  FROM measured m JOIN sides s ON s.run_id = m.run_id CROSS JOIN asked
  WHERE m.key LIKE asked.key
    AND CASE WHEN asked.figure IS NULL THEN m.headline = 'yes' ELSE m.figure = asked.figure END
), halves AS (
  -- The median: the one in the middle, or the mean of the two there.
  SELECT host_class, state, key, figure, unit, better, side, max(runs) AS runs,
    avg(CASE WHEN 2 * place BETWEEN runs AND runs + 2 THEN median END) AS median,
    min(median) AS smallest, max(median) AS largest
  FROM ranked
  GROUP BY host_class, state, key, figure, unit, better, side
)
SELECT a.host_class, a.state, a.key, a.figure, a.unit, a.better,
  a.runs AS runs_a, a.median AS median_a, a.smallest AS min_a, a.largest AS max_a,
  b.runs AS runs_b, b.median AS median_b, b.smallest AS min_b, b.largest AS max_b,
  round(100.0 * (b.median - a.median) / nullif(a.median, 0), 2) AS change_percent,
  CASE WHEN b.smallest > a.largest OR b.largest < a.smallest THEN 'yes' ELSE 'no' END AS apart
FROM halves a JOIN halves b ON b.host_class = a.host_class AND b.state = a.state
  AND b.key = a.key AND b.figure = a.figure
WHERE a.side = 'a' AND b.side = 'b'
ORDER BY a.host_class, a.key, a.figure, a.state;
