SELECT name, city, state, auction.id
FROM auction, person
WHERE seller = person.id AND category = 10 AND (state = 'OR' OR state = 'ID' OR state = 'CA')
