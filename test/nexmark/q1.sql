SELECT auction, bidder, price * 0.908, dateTime, extra FROM bid
