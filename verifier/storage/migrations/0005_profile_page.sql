-- An instance that suspends an account may keep its actor, and take away only the page of its profile (T00g).

-- profile_page: 1 if that page answered with 200 when the account was proved, or when it was first looked at; 0 if it
-- answered otherwise; NULL until it is looked at: the pins of before, and of links, whose check reads other things.
ALTER TABLE account ADD COLUMN profile_page BIGINT;
