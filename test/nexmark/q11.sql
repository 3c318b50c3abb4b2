-- Sessions that the watermark has closed: a bid after 10 seconds of silence begins the next one.
WITH gaps AS (
    SELECT bidder, dateTime, dateTime - lag(dateTime) OVER (
        PARTITION BY bidder ORDER BY dateTime) > INTERVAL 10 SECONDS AS begins
    FROM bid
), sessions AS (
    SELECT bidder, dateTime, count(*) FILTER (WHERE begins) OVER (
        PARTITION BY bidder ORDER BY dateTime) AS session
    FROM gaps
)
SELECT bidder, count(*), min(dateTime), max(dateTime) + INTERVAL 10 SECONDS AS endtime
FROM sessions
GROUP BY bidder, session
HAVING endtime <= (SELECT max(dateTime) - INTERVAL 2 SECONDS FROM bid)
