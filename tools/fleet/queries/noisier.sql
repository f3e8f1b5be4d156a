-- Which cells got noisier on their host: have wider intervals than they had?
--
-- Noise is the width of a figure's interval over the trials of one run, over its median. The median
-- noise of a host's last runs of a cell is compared with that of its runs before.
--
-- Parameters (rows of the table `parameters`):
--   key=PATTERN    only these cells, by a pattern of LIKE (%; _ is any character)
--   figure=NAME    this figure of every cell (its headline)
--   recent=N       how many runs are the last ones; at least as many must lie before them (5)
--   ratio=NUMBER   noisier from this ratio of both on (2); of no noise before: any is more
-- Columns: host_class; host; key; figure; state: of the machine, numbered within class and cell;
-- runs_before, noise_percent_before; runs_recent, noise_percent_recent; ratio; since: when the first
-- of the last runs started.
WITH asked AS (
  SELECT coalesce(max(CASE WHEN name = 'key' THEN value END), '%') AS key,
    max(CASE WHEN name = 'figure' THEN value END) AS figure,
    CAST(coalesce(max(CASE WHEN name = 'recent' THEN value END), '5') AS INTEGER) AS recent,
    CAST(coalesce(max(CASE WHEN name = 'ratio' THEN value END), '2') AS DOUBLE) AS ratio
  FROM parameters
), noises AS (
  SELECT m.host_class, m.host, m.key, m.figure, m.state, m.started,
    100.0 * (m.high - m.low) / m.median AS noise,
    CASE WHEN row_number() OVER (PARTITION BY m.host_class, m.host, m.key, m.figure, m.state
      ORDER BY m.started DESC, m.run_id) <= asked.recent THEN 1 ELSE 0 END AS is_recent
  FROM measured m CROSS JOIN asked
  WHERE m.key LIKE asked.key AND m.host IS NOT NULL AND m.median > 0
    AND m.low IS NOT NULL AND m.high IS NOT NULL
    AND CASE WHEN asked.figure IS NULL THEN m.headline = 'yes' ELSE m.figure = asked.figure END
), ranked AS (
  SELECT *,
    row_number() OVER (PARTITION BY host_class, host, key, figure, state, is_recent
      ORDER BY noise) AS place,
    count(*) OVER (PARTITION BY host_class, host, key, figure, state, is_recent) AS runs
  FROM noises
), halves AS (
  SELECT host_class, host, key, figure, state, is_recent, max(runs) AS runs,
    avg(CASE WHEN 2 * place BETWEEN runs AND runs + 2 THEN noise END) AS noise,
    min(started) AS since
  FROM ranked
  GROUP BY host_class, host, key, figure, state, is_recent
)
SELECT r.host_class, r.host, r.key, r.figure, r.state,
  b.runs AS runs_before, round(b.noise, 3) AS noise_percent_before,
  r.runs AS runs_recent, round(r.noise, 3) AS noise_percent_recent,
  round(r.noise / nullif(b.noise, 0), 2) AS ratio, r.since
FROM halves r JOIN halves b ON b.host_class = r.host_class AND b.host = r.host AND b.key = r.key
  AND b.figure = r.figure AND b.state = r.state CROSS JOIN asked
WHERE r.is_recent = 1 AND b.is_recent = 0 AND r.runs >= asked.recent AND b.runs >= asked.recent
  AND r.noise > b.noise AND r.noise >= asked.ratio * b.noise
ORDER BY r.host_class, r.noise / nullif(b.noise, 0) DESC, r.host, r.key, r.figure, r.state;
