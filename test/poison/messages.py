"""Messages that no well-behaved producer sends. What the JSON format does with each is written beside it:
REJECTED goes to the dead letter, KEPT becomes a row (with the values that the comment says)."""

REJECTED, KEPT = "rejected", "kept"

# Columns of every kind, so that each has a wrong type to meet.
SCHEMA = """{id: BIGINT, n: INTEGER, d: "DECIMAL(10,2)", f: DOUBLE, s: VARCHAR, b: BOOLEAN,
             day: DATE, at: TIMESTAMP, raw: BLOB, st: "STRUCT(x INTEGER, y VARCHAR)",
             l: "INTEGER[]", m: "MAP(VARCHAR, INTEGER)"}"""

GOOD = (b'{"id":%d,"n":7,"d":12.34,"f":0.5,"s":"text","b":true,"day":"2024-02-29",'
        b'"at":"2024-02-29 12:30:00","raw":"AAEC","st":{"x":1,"y":"z"},"l":[1,2,3],"m":{"k":1}}')

DEEP = 100_000
BIG = 4_000_000

MESSAGES = {
    # no JSON at all
    "empty": (b"", REJECTED),
    "absent": (None, REJECTED),  # a tombstone
    "blank": (b"   ", REJECTED),
    "newline": (b"\n", REJECTED),
    "words": (b"this is not JSON", REJECTED),
    "csv": (b"1,2,3", REJECTED),
    "xml": (b"<row id='1'/>", REJECTED),
    "binary": (bytes(range(256)), REJECTED),
    "nul": (b"\0", REJECTED),
    "nuls": (b"\0" * 1000, REJECTED),
    "avro": (b"\0\0\0\0\x01\x02\x10abcdefgh", REJECTED),
    "gzip": (bytes.fromhex("1f8b0800000000000003abae050043bfa6a302000000"), REJECTED),
    # broken JSON
    "open_brace": (b"{", REJECTED),
    "close_brace": (b"}", REJECTED),
    "cut_in_a_key": (b'{"id', REJECTED),
    "cut_behind_a_key": (b'{"id"', REJECTED),
    "cut_behind_a_colon": (b'{"id":', REJECTED),
    "cut_in_a_text": (b'{"id":1,"s":"abc', REJECTED),
    "cut_in_a_number": (b'{"id":1,"d":12.', REJECTED),
    "cut_before_the_end": (GOOD[:-1] % 1, REJECTED),
    "trailing_comma": (b'{"id":1,}', REJECTED),
    "two_commas": (b'{"id":1,,"n":2}', REJECTED),
    "missing_comma": (b'{"id":1 "n":2}', REJECTED),
    "missing_colon": (b'{"id" 1}', REJECTED),
    "trailing_words": (b'{"id":1} and more', REJECTED),
    "two_documents": (b'{"id":1}{"id":2}', REJECTED),
    "single_quotes": (b"{'id':1}", REJECTED),
    "bare_keys": (b"{id:1}", REJECTED),
    "comment": (b'{"id":1 /* one */}', REJECTED),
    "number_as_key": (b'{1:1}', REJECTED),
    "unclosed_list": (b'{"id":1,"l":[1,2}', REJECTED),
    "brackets_crossed": (b'{"id":1,"l":[1,2}]', REJECTED),
    "python_none": (b'{"id":None}', REJECTED),
    "capital_true": (b'{"id":1,"b":True}', REJECTED),
    # JSON, but no object
    "null": (b"null", REJECTED),
    "number": (b"42", REJECTED),
    "text": (b'"text"', REJECTED),
    "true": (b"true", REJECTED),
    "list": (b"[]", REJECTED),
    "list_of_objects": (b'[{"id":1},{"id":2}]', REJECTED),
    # text that is none
    "invalid_utf8": (b'{"id":1,"s":"\xff\xfe"}', REJECTED),
    "cut_utf8": (b'{"id":1,"s":"\xe2\x82"}', REJECTED),
    "overlong_utf8": (b'{"id":1,"s":"\xc0\xaf"}', REJECTED),
    "utf8_surrogate": (b'{"id":1,"s":"\xed\xa0\x80"}', REJECTED),
    "latin1": ('{"id":1,"s":"Müller"}'.encode("latin-1"), REJECTED),
    "byte_order_mark": (b'\xef\xbb\xbf{"id":1}', REJECTED),
    "utf16": ('{"id":1}'.encode("utf-16"), REJECTED),
    "lone_surrogate": (b'{"id":1,"s":"\\ud800"}', REJECTED),
    "surrogates_swapped": (b'{"id":1,"s":"\\udc00\\ud800"}', REJECTED),
    "bad_escape": (b'{"id":1,"s":"\\x41"}', REJECTED),
    "cut_escape": (b'{"id":1,"s":"\\u12"}', REJECTED),
    "raw_newline_in_text": (b'{"id":1,"s":"a\nb"}', REJECTED),
    "raw_nul_in_text": (b'{"id":1,"s":"a\0b"}', REJECTED),
    "nul_behind": (b'{"id":1}\0', REJECTED),
    # values of the wrong type
    "text_for_integer": (b'{"id":"seven"}', REJECTED),
    "fraction_for_integer": (b'{"id":1.5}', REJECTED),
    "true_for_integer": (b'{"id":true}', REJECTED),
    "list_for_integer": (b'{"id":[1]}', REJECTED),
    "object_for_integer": (b'{"id":{"x":1}}', REJECTED),
    "integer_for_boolean": (b'{"id":1,"b":1}', REJECTED),
    "text_for_double": (b'{"id":1,"f":"fast"}', REJECTED),
    "text_for_list": (b'{"id":1,"l":"1,2,3"}', REJECTED),
    "list_for_struct": (b'{"id":1,"st":[1,"z"]}', REJECTED),
    "text_for_map": (b'{"id":1,"m":"k"}', REJECTED),
    "text_in_list": (b'{"id":1,"l":[1,"two",3]}', REJECTED),
    "text_in_struct": (b'{"id":1,"st":{"x":"one"}}', REJECTED),
    "no_such_day": (b'{"id":1,"day":"2023-02-29"}', REJECTED),
    "day_in_words": (b'{"id":1,"day":"yesterday"}', REJECTED),
    "hour_25": (b'{"id":1,"at":"2024-01-01 25:00:00"}', REJECTED),
    "no_base64": (b'{"id":1,"raw":"***"}', REJECTED),
    # said twice
    "duplicate_keys": (b'{"id":1,"n":1,"n":2}', REJECTED),
    "duplicate_keys_escaped": (b'{"id":1,"\\u0069d":2}', REJECTED),  # \u0069 is i
    "duplicate_map_keys": (b'{"id":1,"m":{"k":1,"k":2}}', REJECTED),
    # numbers too big, or none
    "integer_too_big": (b'{"id":1,"n":2147483648}', REJECTED),
    "bigint_too_big": (b'{"id":9223372036854775808}', REJECTED),
    "number_of_1000_digits": (b'{"id":' + b"9" * 1000 + b"}", REJECTED),
    "decimal_too_wide": (b'{"id":1,"d":123456789.01}', REJECTED),
    "decimal_exponent": (b'{"id":1,"d":1e400}', REJECTED),
    "double_too_big": (b'{"id":1,"f":1e400}', REJECTED),
    "nan": (b'{"id":1,"f":NaN}', REJECTED),
    "infinity": (b'{"id":1,"f":Infinity}', REJECTED),
    "minus_infinity": (b'{"id":1,"f":-Infinity}', REJECTED),
    "hexadecimal": (b'{"id":0x10}', REJECTED),
    "leading_zero": (b'{"id":007}', REJECTED),
    "leading_plus": (b'{"id":+1}', REJECTED),
    "bare_point": (b'{"id":1,"f":.5}', REJECTED),
    "two_minuses": (b'{"id":--1}', REJECTED),
    # too much of it
    "deep_lists": (b'{"id":1,"l":' + b"[" * DEEP + b"]" * DEEP + b"}", REJECTED),
    "deep_objects": (b'{"id":' * DEEP + b"1" + b"}" * DEEP, REJECTED),
    "deep_and_open": (b"[" * DEEP, REJECTED),
    "big_garbage": (b"x" * BIG, REJECTED),
    "big_and_cut": (b'{"id":1,"s":"' + b"x" * BIG, REJECTED),
    # strange, but JSON: these are rows
    "blanks_around": (b' \t\r\n{ "id" : 1 } \n', KEPT),
    "empty_object": (b"{}", KEPT),                       # all columns NULL
    "nulls": (b'{"id":null,"n":null,"l":null,"m":null}', KEPT),
    "unknown_keys": (b'{"id":1,"zzz":{"y":[1,2,{"x":null}]}}', KEPT),
    "duplicate_unknown_keys": (b'{"id":1,"z":1,"z":2}', KEPT),
    "empty_key": (b'{"":1,"id":1}', KEPT),
    "escaped_key": (b'{"\\u0069d":1}', KEPT),
    "escaped_nul": (b'{"id":1,"s":"a\\u0000b"}', KEPT),
    "emoji": ('{"id":1,"s":"\U0001f30a"}'.encode(), KEPT),
    "surrogate_pair": (b'{"id":1,"s":"\\ud83c\\udf0a"}', KEPT),
    "big_text": (b'{"id":1,"s":"' + b"x" * BIG + b'"}', KEPT),
    "many_keys": (b"{" + b",".join(b'"k%d":0' % n for n in range(20_000)) + b',"id":1}', KEPT),
    "other_order": (b'{"s":"x","n":2,"id":1}', KEPT),
    "number_as_text": (b'{"id":1,"d":"12.34"}', KEPT),
    "empty_containers": (b'{"id":1,"l":[],"m":{},"st":{}}', KEPT),
}
