SELECT DISTINCT person.id, name, time_bucket(INTERVAL 10 SECONDS, person.dateTime)
FROM person, auction
WHERE person.id = seller
    AND time_bucket(INTERVAL 10 SECONDS, person.dateTime)
        = time_bucket(INTERVAL 10 SECONDS, auction.dateTime)
