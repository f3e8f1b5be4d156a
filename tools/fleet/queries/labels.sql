-- What differs between the runs of two values of a label: two commits, two kernels?
--
-- Parameters (rows of the table `parameters`):
--   name=LABEL     the label; without it, or without a and b, the answer is empty
--   a=VALUE        its value in the runs to compare with
--   b=VALUE        its value in the others
--   key=PATTERN    only these cells, by a pattern of LIKE (%; _ is any character)
--   figure=NAME    this figure of every cell (its headline)
--   across=yes     each host against itself, whatever its class: after a change of the kernel, the
--                  governor or a limit it is in another (else hosts of one class, together)
-- Columns: host_class_a; host_class_b; host: with across, else empty; state: of the machine, numbered
-- over the runs that are compared with each other; key; figure; unit; better: which way; runs_a;
-- median_a, min_a, max_a: of the medians of these runs; runs_b; median_b, min_b, max_b: likewise;
-- change_percent: from median_a to median_b; apart: yes: all of b lie on one side of all of a.
-- A host counts where it has runs of both values; runs that name none are taken for those of one.
-- Between hosts or days this is advice. `ipcmark ab` on one host is a verdict.
WITH asked AS (
  SELECT max(CASE WHEN name = 'name' THEN value END) AS name,
    max(CASE WHEN name = 'a' THEN value END) AS a,
    max(CASE WHEN name = 'b' THEN value END) AS b,
    coalesce(max(CASE WHEN name = 'key' THEN value END), '%') AS key,
    max(CASE WHEN name = 'figure' THEN value END) AS figure,
    coalesce(max(CASE WHEN name = 'across' THEN value END), 'no') AS across
  FROM parameters
), sides AS (
  SELECT l.run_id, 'a' AS side FROM labels l CROSS JOIN asked
    WHERE l.name = asked.name AND l.value = asked.a
  UNION ALL
  SELECT l.run_id, 'b' AS side FROM labels l CROSS JOIN asked
    WHERE l.name = asked.name AND l.value = asked.b
), chosen AS (
  SELECT m.run_id, m.host_class, coalesce(m.host, '') AS host, m.key, m.figure, m.unit, m.better,
    m.median, m.state_ns, s.side, CASE WHEN asked.across = 'yes' THEN m.host END AS alone,
    CASE WHEN asked.across = 'yes' THEN m.host ELSE m.host_class END AS together
  FROM measured m JOIN sides s ON s.run_id = m.run_id CROSS JOIN asked
  WHERE m.key LIKE asked.key AND (asked.across <> 'yes' OR m.host IS NOT NULL)
    AND CASE WHEN asked.figure IS NULL THEN m.headline = 'yes' ELSE m.figure = asked.figure END
), jumps AS (
  -- As in the view `measured`, which splits the states of one class.
  SELECT *, CASE WHEN state_ns > 0 AND state_ns >= 1.5 * lag(state_ns)
      OVER (PARTITION BY together, key, figure ORDER BY state_ns) THEN 1 ELSE 0 END AS jump
  FROM chosen
), stated AS (
  SELECT *, CAST(sum(jump) OVER (PARTITION BY together, key, figure ORDER BY state_ns) AS INTEGER)
    AS state
  FROM jumps
), hosts AS (
  SELECT *, min(side) OVER (PARTITION BY together, key, figure, state, host) AS first_side,
    max(side) OVER (PARTITION BY together, key, figure, state, host) AS last_side
  FROM stated
), ranked AS (
  SELECT *,
    row_number() OVER (PARTITION BY together, host_class, key, figure, state, side ORDER BY median)
      AS place,
    count(*) OVER (PARTITION BY together, host_class, key, figure, state, side) AS runs
  FROM hosts
  WHERE first_side = 'a' AND last_side = 'b'
), halves AS (
  -- The median: the one in the middle, or the mean of the two there.
  SELECT together, host_class, alone, state, key, figure, unit, better, side, max(runs) AS runs,
    avg(CASE WHEN 2 * place BETWEEN runs AND runs + 2 THEN median END) AS median,
    min(median) AS smallest, max(median) AS largest
  FROM ranked
  GROUP BY together, host_class, alone, state, key, figure, unit, better, side
)
SELECT a.host_class AS host_class_a, b.host_class AS host_class_b, a.alone AS host, a.state, a.key,
  a.figure, a.unit, a.better,
  a.runs AS runs_a, a.median AS median_a, a.smallest AS min_a, a.largest AS max_a,
  b.runs AS runs_b, b.median AS median_b, b.smallest AS min_b, b.largest AS max_b,
  round(100.0 * (b.median - a.median) / nullif(a.median, 0), 2) AS change_percent,
  CASE WHEN b.smallest > a.largest OR b.largest < a.smallest THEN 'yes' ELSE 'no' END AS apart
FROM halves a JOIN halves b ON b.together = a.together AND b.state = a.state AND b.key = a.key
  AND b.figure = a.figure
WHERE a.side = 'a' AND b.side = 'b'
ORDER BY a.together, a.key, a.figure, a.state, a.host_class, b.host_class;
