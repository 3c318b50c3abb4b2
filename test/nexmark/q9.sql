SELECT auction.id, itemName, description, initialBid, reserve, auction.dateTime, expires, seller,
    category, bidder, price, bid.dateTime, bid.extra
FROM auction, bid
WHERE auction.id = bid.auction AND bid.dateTime BETWEEN auction.dateTime AND expires
QUALIFY row_number() OVER (PARTITION BY auction.id ORDER BY price DESC, bid.dateTime) = 1
