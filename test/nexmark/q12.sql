-- Windows that the watermark has closed.
SELECT bidder, count(*), time_bucket(INTERVAL 10 SECONDS, dateTime) AS starttime,
    starttime + INTERVAL 10 SECONDS AS endtime
FROM bid
GROUP BY bidder, starttime
HAVING endtime <= (SELECT max(dateTime) - INTERVAL 2 SECONDS FROM bid)
