-- Each bid is in five windows of ten seconds that begin two seconds apart. The result has those that
-- the watermark has closed.
WITH counts AS (
    SELECT auction, starttime, starttime + INTERVAL 10 SECONDS AS endtime, count(*) AS num
    FROM (
        SELECT auction, time_bucket(INTERVAL 2 SECONDS, dateTime) - to_seconds(2 * i) AS starttime
        FROM bid, range(5) AS r(i)
    )
    GROUP BY auction, starttime
)
SELECT auction, starttime, endtime, num
FROM counts JOIN (SELECT starttime, max(num) AS num FROM counts GROUP BY starttime)
    USING (starttime, num)
WHERE endtime <= (SELECT max(dateTime) - INTERVAL 2 SECONDS FROM bid)
