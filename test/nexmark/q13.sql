SELECT auction, bidder, price, dateTime, value
FROM bid, side_input
WHERE mod(auction, 25) = key
