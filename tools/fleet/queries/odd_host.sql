-- Which host is unlike the others of its class, and in which cells?
--
-- Of each host that has a name, the median of a cell over its runs is compared with those of the other
-- hosts with the same fingerprint in the same state of the machine, by a robust z: 0.6745 times the
-- distance from the median of the hosts, over the median of all hosts' distances (MAD).
--
-- Parameters (rows of the table `parameters`):
--   key=PATTERN    only these cells, by a pattern of LIKE (%; _ is any character)
--   figure=NAME    this figure of every cell (its headline)
--   z=NUMBER       odd from this robust z on, up or down (3.5)
--   hosts=N        of at least so many hosts: of two nobody knows which is the odd one (5)
--   floor=SHARE    the MAD counts as at least this share of the median of the hosts: hosts that agree
--                  by chance make no others odd (0.01)
--   cells=N        only hosts that are odd in so many cells (1)
-- Columns: host_class; host; odd_cells, cells: of the host; key; figure; unit; state: of the machine,
-- numbered within class and cell; value: the host's; runs: behind it; middle: median of the hosts;
-- spread_percent: of the hosts, 1.4826 MAD over that; hosts; z; side: worse or better, or other where
-- neither way is.
WITH asked AS (
  SELECT coalesce(max(CASE WHEN name = 'key' THEN value END), '%') AS key,
    max(CASE WHEN name = 'figure' THEN value END) AS figure,
    CAST(coalesce(max(CASE WHEN name = 'z' THEN value END), '3.5') AS DOUBLE) AS z,
    CAST(coalesce(max(CASE WHEN name = 'hosts' THEN value END), '5') AS INTEGER) AS hosts,
    CAST(coalesce(max(CASE WHEN name = 'floor' THEN value END), '0.01') AS DOUBLE) AS floor_share,
    CAST(coalesce(max(CASE WHEN name = 'cells' THEN value END), '1') AS INTEGER) AS cells
  FROM parameters
), ranked_runs AS (
  SELECT m.*,
    row_number() OVER (PARTITION BY m.host_class, m.key, m.figure, m.state, m.host
      ORDER BY m.median) AS place,
    count(*) OVER (PARTITION BY m.host_class, m.key, m.figure, m.state, m.host) AS runs
  FROM measured m CROSS JOIN asked
  WHERE m.key LIKE asked.key AND m.host IS NOT NULL
    AND CASE WHEN asked.figure IS NULL THEN m.headline = 'yes' ELSE m.figure = asked.figure END
), by_host AS (
  SELECT host_class, key, figure, unit, better, state, host, max(runs) AS runs,
    avg(median) AS value
  FROM ranked_runs
  WHERE 2 * place BETWEEN runs AND runs + 2
  GROUP BY host_class, key, figure, unit, better, state, host
), ranked_hosts AS (
  SELECT *,
    row_number() OVER (PARTITION BY host_class, key, figure, state ORDER BY value) AS place,
    count(*) OVER (PARTITION BY host_class, key, figure, state) AS hosts
  FROM by_host
), distances AS (
  SELECT r.*, abs(r.value - c.middle) AS distance, c.middle
  FROM ranked_hosts r JOIN (
    SELECT host_class, key, figure, state, avg(value) AS middle
    FROM ranked_hosts
    WHERE 2 * place BETWEEN hosts AND hosts + 2
    GROUP BY host_class, key, figure, state
  ) c ON c.host_class = r.host_class AND c.key = r.key AND c.figure = r.figure
    AND c.state = r.state
), ranked_distances AS (
  SELECT *, row_number() OVER (PARTITION BY host_class, key, figure, state
    ORDER BY distance) AS nearness
  FROM distances
), spreads AS (
  SELECT host_class, key, figure, state, avg(distance) AS mad
  FROM ranked_distances
  WHERE 2 * nearness BETWEEN hosts AND hosts + 2
  GROUP BY host_class, key, figure, state
), scored AS (
  SELECT d.*, s.mad, 0.6745 * (d.value - d.middle)
    / nullif(CASE WHEN s.mad > asked.floor_share * abs(d.middle) THEN s.mad
      ELSE asked.floor_share * abs(d.middle) END, 0) AS z
  FROM distances d JOIN spreads s ON s.host_class = d.host_class AND s.key = d.key
    AND s.figure = d.figure AND s.state = d.state CROSS JOIN asked
  WHERE d.hosts >= asked.hosts
), counted AS (
  SELECT scored.*, count(*) OVER (PARTITION BY scored.host_class, scored.host) AS cells,
    count(CASE WHEN abs(scored.z) >= asked.z THEN 1 END)
      OVER (PARTITION BY scored.host_class, scored.host) AS odd_cells
  FROM scored CROSS JOIN asked
)
SELECT counted.host_class, host, odd_cells, counted.cells, counted.key, counted.figure, unit, state,
  value, runs, middle, round(148.26 * mad / nullif(abs(middle), 0), 2) AS spread_percent,
  counted.hosts, round(counted.z, 2) AS z,
  CASE WHEN better IS NULL THEN 'other'
    WHEN (counted.z > 0) = (better = 'lower') THEN 'worse' ELSE 'better' END AS side
FROM counted CROSS JOIN asked
WHERE abs(counted.z) >= asked.z AND odd_cells >= asked.cells
ORDER BY counted.host_class, odd_cells DESC, host, abs(counted.z) DESC, counted.key, state;
