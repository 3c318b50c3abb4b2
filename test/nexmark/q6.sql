WITH winner AS (
    SELECT seller, auction.id, bid.dateTime, price AS final
    FROM auction, bid
    WHERE auction.id = bid.auction AND bid.dateTime BETWEEN auction.dateTime AND expires
    QUALIFY row_number() OVER (PARTITION BY auction.id ORDER BY price DESC, bid.dateTime) = 1
)
SELECT seller, id, dateTime,
    (SELECT avg(before.final)
     FROM (SELECT w.final FROM winner w
           WHERE w.seller = winner.seller
               AND (w.dateTime, w.id) <= (winner.dateTime, winner.id)
           ORDER BY w.dateTime DESC, w.id DESC LIMIT 11) AS before)
FROM winner
