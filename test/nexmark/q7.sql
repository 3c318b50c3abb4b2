-- Windows that the watermark has closed.
SELECT auction, price, bidder, dateTime, extra, endtime
FROM (
    SELECT *, time_bucket(INTERVAL 10 SECONDS, dateTime) + INTERVAL 10 SECONDS AS endtime FROM bid
)
WHERE endtime <= (SELECT max(dateTime) - INTERVAL 2 SECONDS FROM bid)
QUALIFY rank() OVER (PARTITION BY endtime ORDER BY price DESC) = 1
