-- Which hosts went silent: have no run any more while others of their class go on?
--
-- Parameters (rows of the table `parameters`):
--   days=N         silent after so many days on which others had runs (2)
-- Columns: host_class; host; runs: that it had; last: when its last run started; days: since then on
-- which others of its class had runs; others_last: when the last of theirs started. A class that went
-- silent as a whole is shown by `latest`.
WITH asked AS (
  SELECT CAST(coalesce(max(CASE WHEN name = 'days' THEN value END), '2') AS INTEGER) AS days
  FROM parameters
), hosts AS (
  SELECT host_class, host, count(*) AS runs, max(started) AS last
  FROM runs
  WHERE host IS NOT NULL
  GROUP BY host_class, host
), since AS (
  SELECT h.host_class, h.host, h.runs, h.last, count(DISTINCT substr(r.started, 1, 10)) AS days,
    max(r.started) AS others_last
  FROM hosts h JOIN runs r ON r.host_class = h.host_class AND r.host <> h.host
    AND substr(r.started, 1, 10) > substr(h.last, 1, 10)
  GROUP BY h.host_class, h.host, h.runs, h.last
)
SELECT host_class, host, runs, last, since.days, others_last
FROM since CROSS JOIN asked
WHERE since.days >= asked.days
ORDER BY host_class, last, host;
