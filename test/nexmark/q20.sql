SELECT auction, bidder, price, channel, url, bid.dateTime, bid.extra, itemName, description,
    initialBid, reserve, auction.dateTime, expires, seller, category, auction.extra
FROM bid, auction
WHERE auction = auction.id AND category = 10
