-- What each sink must hold once all of the input is read, by plain DuckDB. `watermark` is the last one.
totals: SELECT k, sum(n)::BIGINT AS n, count(*) AS c, round(avg(x), 6) AS x, min(n) AS low, max(ts) AS ts, bool_or(n > 50) AS big FROM lines GROUP BY k
kept: SELECT k, count(DISTINCT n) AS d, median(n) AS m, max(n) - min(n) AS spread FROM lines GROUP BY k
all_of_it: SELECT count(*) AS c, sum(x) AS x FROM lines
hours: SELECT h AS "start", k, count(*) AS c FROM (SELECT *, time_bucket(INTERVAL 1 HOUR, ts) AS h FROM lines) WHERE h + INTERVAL 1 HOUR <= (SELECT w FROM watermark) GROUP BY ALL
visits: SELECT min(ts) AS "start", max(ts) + INTERVAL 20 MINUTE AS "end", k, sum(n)::BIGINT AS n FROM (SELECT *, sum(fresh) OVER (PARTITION BY k ORDER BY ts ROWS UNBOUNDED PRECEDING) AS s FROM (SELECT *, CASE WHEN lag(ts) OVER (PARTITION BY k ORDER BY ts) + INTERVAL 20 MINUTE >= ts THEN 0 ELSE 1 END AS fresh FROM lines)) GROUP BY k, s HAVING max(ts) + INTERVAL 20 MINUTE <= (SELECT w FROM watermark)
names: SELECT DISTINCT k FROM lines
firsts: SELECT DISTINCT id, ts FROM lines
pairs: SELECT l.id, l.k, p.note FROM lines l JOIN partners p ON l.id = p.pid AND p.pts >= l.ts - INTERVAL 1 HOUR AND p.pts <= l.ts + INTERVAL 1 HOUR
lonely: SELECT l.id, l.k, p.note FROM lines l LEFT JOIN partners p ON l.id = p.pid AND p.pts >= l.ts - INTERVAL 1 HOUR AND p.pts <= l.ts + INTERVAL 1 HOUR WHERE p.pid IS NOT NULL OR l.ts + INTERVAL 1 HOUR < (SELECT w FROM watermark)
places: SELECT k, n, rank() OVER (ORDER BY n DESC, k) AS place FROM (SELECT k, sum(n)::BIGINT AS n FROM lines GROUP BY k)
rows: SELECT c, m::VARCHAR AS m FROM plain
rolled: SELECT c, m FROM plain
