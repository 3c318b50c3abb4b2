-- The reader takes the names of the day's folders for dates.
SELECT auction, bidder, price, dateTime, extra, CAST(dateTime AS DATE), strftime(dateTime, '%H%M')
FROM bid
