SELECT category, avg(final)
FROM (
    SELECT max(price) AS final, category
    FROM auction, bid
    WHERE auction.id = bid.auction AND bid.dateTime BETWEEN auction.dateTime AND expires
    GROUP BY auction.id, category
)
GROUP BY category
