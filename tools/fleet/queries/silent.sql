-- Which hosts went silent: have no run any more while others of their class go on?
--
-- Parameters (rows of the table `parameters`):
--   days=N         silent after so many days on which others had runs (2)
-- Columns: host_class: of the host's last run; host; runs: that it had; last: when its last run
-- started; days: since then on which others that had runs of that class had any; others_last: when
-- the last of theirs started. A host whose kernel changed goes on, in another class. A class that
-- went silent as a whole is shown by `latest`. Days are those of the hosts' own clocks: one that is
-- ahead makes the others silent, and is the last of `trend`.
WITH asked AS (
  SELECT CAST(coalesce(max(CASE WHEN name = 'days' THEN value END), '2') AS INTEGER) AS days
  FROM parameters
), ordered AS (
  SELECT host_class, host, started, count(*) OVER (PARTITION BY host) AS runs,
    row_number() OVER (PARTITION BY host ORDER BY started DESC, run_id) AS age
  FROM runs
  WHERE host IS NOT NULL
), hosts AS (
  SELECT host_class, host, runs, started AS last FROM ordered WHERE age = 1
), members AS (
  SELECT DISTINCT host_class, host FROM ordered
), days AS (
  SELECT host, substr(started, 1, 10) AS day, max(started) AS started
  FROM ordered
  GROUP BY host, substr(started, 1, 10)
), since AS (
  SELECT h.host_class, h.host, h.runs, h.last, count(DISTINCT d.day) AS days,
    max(d.started) AS others_last
  FROM hosts h JOIN members m ON m.host_class = h.host_class AND m.host <> h.host
    JOIN days d ON d.host = m.host AND d.day > substr(h.last, 1, 10)
  GROUP BY h.host_class, h.host, h.runs, h.last
)
SELECT host_class, host, runs, last, since.days, others_last
FROM since CROSS JOIN asked
WHERE since.days >= asked.days
ORDER BY host_class, last, host;
