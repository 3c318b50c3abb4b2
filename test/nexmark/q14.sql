SELECT auction, bidder, 0.908 * price,
    CASE WHEN hour(dateTime) >= 8 AND hour(dateTime) <= 18 THEN 'dayTime'
         WHEN hour(dateTime) <= 6 OR hour(dateTime) >= 20 THEN 'nightTime'
         ELSE 'otherTime' END,
    dateTime, extra, len(list_filter(string_split(extra, ''), lambda c: c = 'C'))
FROM bid
WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000
