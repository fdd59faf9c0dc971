-- The latest looks at one subject.  KEYS[1]: its sorted set, by time.  ARGV: oldest time kept, how many, lifetime in ms,
-- then pairs of time and member.  A member that is there already keeps its time.  Returns members and times.
redis.call('ZADD', KEYS[1], 'NX', unpack(ARGV, 4))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
