# SPDX-License-Identifier: Apache-2.0
"""Where our database server's answers may differ from the peer's, and why."""

# Cases that end the peer's process (3.1): the peer is not asked.
PEER_DIES = {
    'monitor of nothing': 'segmentation fault on a request with too few '
                          'parameters',
    'mutate by zero': 'division by zero when an integer is multiplied by 0',
}

# The same error in other words: (ours, theirs, reason), regular expressions.
DETAILS = [
    (r'expected a boolean or \[column, function, value\]',
     r'Parse error in condition', 'says what is expected'),
    (r'expected \[column, mutator, value\]', r'Parse error in mutation',
     'says what is expected'),
    (r'expected \["uuid", UUID\] or \["named-uuid", NAME\]',
     r'expected \["uuid", <string>\]', 'tells both forms'),
    (r'expected \["uuid", UUID\]', r'expected \["uuid", <string>\]',
     'a UUID is more than a string'),
    (r'expected a pair \[key, value\]', r'expected 2-element array',
     'says which'),
    (r'no function named "', r'No function named ', 'quotes the name'),
    (r'Weak reference column .* would become empty', r'(?i)weak reference',
     'one text for rows that are gone and those that never were'),
    (r'multiple rows in ".*" table to have identical values',
     r'multiple rows in ".*" table to have identical values',
     'the two rows are named in another order'),
    (r'"wait" timed out after \d+ ms', r'"wait" timed out after \d+ ms',
     'tells the time-out, not when it was noticed'),
    (r'No operation ""', r"Type mismatch for member 'op'",
     'an empty name is unknown like any other'),
    (r'column (oi|omii): expected integer', r'must have 0 to 1 members',
     'the value of an insert may be any set or map'),
    (r'^table .* column .*: (expected|-?[0-9]|")', r'expected \w+$',
     'a map to delete is read as one, and what is wrong inside is told; the '
     'peer then takes it for a set of keys and misses a key'),
    (r'monitor-requests must be object|is not monitored',
     r'monitor-cond-change-requests must be object|no table named',
     'a table that is there but not monitored'),
    (r"bad member '\w+' of 'select'", r'Parsing table \w+ select failed',
     'names the member too'),
    (r'is not a valid column name', r'array of column names expected',
     'a number among the names'),
    (r'monitor-cond-change JSON array expected',
     r'no monitor-cond-change JSON array', 'the same'),
    (r'last-txn-id must be UUID format', r'last-txn-id must be string',
     'a UUID is more than a string'),
    (r'convert params must be <db-name>, <database-schema>',
     r'array expected', 'names the parameters'),
    (r'schema failed: a JSON object was expected',
     r'schema failed: Object expected', 'a sentence'),
    (r'required "name" member is missing',
     r"Required 'name' member is missing", 'quotes as JSON does'),
]

# Another answer: (case, ours, theirs, reason), regular expressions.
ANSWERS = [
    ('insert std columns', r'Cannot write column _|\[\]',
     r'"U[01]"', 'a row does not silently get another _uuid than asked for'),
    ('mutate range', r'"count": 1', r'%=.*out of range',
     'the remainder by -1 is 0 for every number'),
    ('mutate range', r'"n": 0\b', r'"n": -9223372036854775808\b', 'so too'),
    ('mutate', r'Attempted to store', r'must have 0 to \d+ members',
     'the value of an insert may be any set; only what the column would then '
     'hold counts [RFC 7047 5.1]'),
    ('(limit|zoo) ', r'Attempted to store', r'must have 0 to \d+ members',
     'the same'),
    ('limit mutate mlim', r'length 4 is greater|not in the valid range',
     r'expected string', 'a pair to delete is checked as a pair'),
    ('wrong value (mss|mis)', r'map contains duplicate key',
     r'expected (string|integer)', 'a pair to delete is read as a pair'),
    ('wrong value oi', r'set contains duplicate value', r'must have 0 to 1',
     'the value of an insert may be any set, but must be one'),
    ('zoo (r|or|sr)$', r'"rows": \[\{"o?r": -?0(\.0)?\}', r'-?0(\.0)?\}, ',
     '-0 equals 0 [IEEE 754], so both are one row of a result'),
    ('weak in maps', r'"wmk": \["map", \[\]\]', r'"wmk": \["map", \[\[',
     'the peer leaves weak references to a row that goes in rows that the '
     'same transaction writes'),
    ('raw .*[\udc80-\udcff]', r'^\["end"\]$', r'result',
     'what is not UTF-8 is not JSON [RFC 8259 8.1]'),
    ('raw .*cancel', r'^\[\]$', r'unknown method',
     'a cancel is a notification, and never answered [RFC 7047 4.1.4]'),
    ('raw .*transact', r'canceled', r'^\[\]$',
     'the canceled request is answered [RFC 7047 4.1.4]'),
    ('raw (5|null|x)$', r'.', r'.',
     'text that is not yet a whole message may wait for more or end it'),
    ('raw .*9223372036854', r'1.8446', r', 0\]',
     'the peer takes 2^64 for 0'),
    ('raw ."result"', r'result', r'end',
     'an answer to nothing is ignored'),
]
