"""What functions of DuckDB's, and Spark's in sluice, are in Spark: a line each.

    NAME[,NAME...]  NUMBER OF ARGUMENTS[,NUMBER...]  TYPE OF THE RESULT  [| TEMPLATE]

The number * is any. Types: of DuckDB's, ? unknown, @1 that of the first argument, @1.e of its elements, @1.k
and @1.v of a map's keys and values, [@1] a list of such. Without a template the call stays as it is. Functions whose
translation depends on types or constants are in texts.py, times.py, lists.py, numbers.py and aggregates.py.
"""

LINES = r"""
# Conditions
coalesce * ~
nvl,ifnull 2 ~ | coalesce(_1, _2)
nvl2 3 ? 
nullif 2 @1
greatest,least * ~
isnull 1 BOOLEAN | _1 IS NULL
isnotnull 1 BOOLEAN | _1 IS NOT NULL
equal_null 2 BOOLEAN
nanvl 2 @1
zeroifnull 1 @1
nullifzero 1 @1
isnan 1 BOOLEAN | _1 = double('NaN')
isinf 1 BOOLEAN | abs(_1) = double('Infinity')
isfinite 1 BOOLEAN | abs(_1) < double('Infinity')
raise_error,error 1 ? | raise_error(_1)
typeof 1 VARCHAR !
# Numbers
abs 1 @1
sqrt,exp,ln,log10,log2,cbrt,degrees,radians,rint,expm1,signum 1 DOUBLE
sin,cos,tan,cot,asin,acos,atan,sinh,cosh,tanh,asinh,acosh,atanh 1 DOUBLE
log1p 1 DOUBLE
log 1 DOUBLE | log10(_1)
log 2 DOUBLE
pow,power 2 DOUBLE | power(_1, _2)
atan2,hypot 2 DOUBLE
pi 0 DOUBLE
sign 1 TINYINT | CAST(signum(_1) AS TINYINT)
factorial 1 BIGINT
pmod 2 @1
bround 1 DOUBLE
bround 2 DOUBLE
round_even 2 DOUBLE | bround(_1, _2)
negative,positive 1 @1
try_add,try_subtract,try_multiply 2 @1
try_divide 2 DOUBLE
shiftleft,shiftright 2 @1
xor 2 @1 | _1 ^ _2
bit_count 1 TINYINT !
random,rand 0 DOUBLE | rand()
uuid,gen_random_uuid,uuidv4 0 UUID | uuid()
bin 1 VARCHAR
to_base 2 VARCHAR !
# Texts
upper,ucase 1 VARCHAR | upper(_1)
lower,lcase 1 VARCHAR | lower(_1)
strlen 1 BIGINT | octet_length(_1)
octet_length 1 BIGINT
bit_length 1 BIGINT
reverse 1 @1
repeat 2 @1
trim,ltrim,rtrim 1 VARCHAR
trim 2 VARCHAR | btrim(_1, _2)
ltrim 2 VARCHAR | ltrim(_2, _1)
rtrim 2 VARCHAR | rtrim(_2, _1)
btrim 1 VARCHAR
btrim 2 VARCHAR
replace 3 VARCHAR
translate 3 VARCHAR
contains 2 BOOLEAN
starts_with,startswith,prefix 2 BOOLEAN | startswith(_1, _2)
ends_with,endswith,suffix 2 BOOLEAN | endswith(_1, _2)
instr,strpos,position 2 BIGINT | instr(_1, _2)
locate 2 BIGINT
locate 3 BIGINT
charindex 2 BIGINT
find_in_set 2 INTEGER
lpad,rpad 2 VARCHAR
lpad,rpad 3 VARCHAR
initcap 1 VARCHAR
substring_index 3 VARCHAR
split_part 3 VARCHAR
space 1 VARCHAR
ascii 1 INTEGER
chr 1 VARCHAR
unicode,ord 1 INTEGER !
soundex 1 VARCHAR
md5 1 VARCHAR
sha,sha1 1 VARCHAR | sha1(_1)
sha2 2 VARCHAR
sha256 1 VARCHAR | sha2(_1, 256)
crc32 1 BIGINT
hex,to_hex 1 VARCHAR | hex(_1)
unhex,from_hex 1 BLOB | unhex(_1)
base64,to_base64 1 VARCHAR | base64(_1)
unbase64,from_base64 1 BLOB | unbase64(_1)
encode 1 BLOB | encode(_1, 'UTF-8')
decode 1 VARCHAR | CAST(_1 AS STRING)
regexp_like,rlike 2 BOOLEAN | _1 RLIKE _2
regexp_full_match 2 BOOLEAN | _1 RLIKE concat('^(?:', _2, ')$')
regexp_count 2 INTEGER
url_encode 1 VARCHAR | replace(url_encode(_1), '+', '%20')
url_decode 1 VARCHAR
concat_ws * VARCHAR
# JSON
from_json 2 ?
to_json,sluice_to_json 1 JSON | to_json(_1)
json_array_length 1 UBIGINT
json_array_length 2 UBIGINT | json_array_length(get_json_object(_1, _2))
json_keys 1 VARCHAR[] | json_object_keys(_1)
json_valid 1 BOOLEAN | CASE WHEN NOT _1 IS NULL THEN NOT try_parse_json(_1) IS NULL END
get_json_object 2 VARCHAR
# Structs and maps
struct_extract 2 ? !
map_keys 1 [@1.k]
map_values 1 [@1.v]
map_entries 1 ?
map_from_entries 1 ?
map_contains,map_contains_key 2 BOOLEAN | map_contains_key(_1, _2)
map_from_arrays,map 2 ? | map_from_arrays(_1, _2)
map_concat * @1
cardinality 1 UBIGINT | size(_1)
# Lists
size 1 INTEGER
array_size 1 INTEGER
array_length 1 BIGINT | size(_1)
list_value,list_pack * ? | array(*)
list_reverse,array_reverse 1 @1 | reverse(_1)
list_sort,array_sort 1 @1 | array_sort(_1)
sort_array 1 @1
list_min,array_min 1 @1.e | array_min(_1)
list_max,array_max 1 @1.e | array_max(_1)
list_position,list_indexof,array_indexof 2 INTEGER | nullif(array_position(_1, _2), 0)
array_position 2 BIGINT
list_distinct 1 @1 | array_compact(array_distinct(_1))
list_unique,array_unique 1 UBIGINT | size(array_compact(array_distinct(_1)))
array_distinct,array_compact 1 @1
array_union,array_intersect,array_except 2 @1
list_intersect 2 @1 | array_intersect(array_compact(_1), array_compact(_2))
list_has_all,array_has_all 2 BOOLEAN | size(array_except(_2, _1)) = 0
list_any_value 1 @1.e | try_element_at(array_compact(_1), 1)
list_first,array_first 1 @1.e | try_element_at(_1, 1)
list_last,array_last 1 @1.e | try_element_at(_1, -1)
array_pop_back 1 @1 | slice(_1, 1, greatest(size(_1) - 1, 0))
array_pop_front 1 @1 | slice(_1, 2, size(_1))
array_remove 2 @1
array_repeat 2 [@1]
slice 3 @1
flatten 1 @1.e | flatten(array_compact(_1))
array_join 2 VARCHAR
array_join 3 VARCHAR
array_to_string,list_to_string 2 VARCHAR | array_join(_1, _2)
list_string_agg 1 VARCHAR | array_join(_1, ',')
list_sum 1 ? | reduce(array_compact(_1), CAST(NULL AS BIGINT), (a, x) -> coalesce(a, 0) + x) !
get 2 @1.e
# Dates and times
year,month,day,dayofmonth,dayofyear,hour,minute,second,quarter,weekofyear 1 BIGINT
week 1 BIGINT | weekofyear(_1)
isodow 1 BIGINT | weekday(_1) + 1
dayofweek,weekday 1 BIGINT | dayofweek(_1) - 1
yearweek 1 BIGINT | extract(YEAROFWEEK FROM _1) * 100 + weekofyear(_1)
isoyear 1 BIGINT | extract(YEAROFWEEK FROM _1)
dayname 1 VARCHAR | date_format(_1, 'EEEE')
monthname 1 VARCHAR | date_format(_1, 'MMMM')
last_day 1 DATE
make_date 3 DATE
make_timestamp 6 TIMESTAMP | make_timestamp_ntz(_1, _2, _3, _4, _5, _6)
to_date,try_to_date 1 DATE
to_date,try_to_date 2 DATE
to_timestamp,try_to_timestamp 1 TIMESTAMPTZ
to_timestamp,try_to_timestamp 2 TIMESTAMPTZ
date_format 2 VARCHAR
from_unixtime 1 VARCHAR
from_unixtime 2 VARCHAR
unix_timestamp,to_unix_timestamp 1 BIGINT
unix_timestamp,to_unix_timestamp 2 BIGINT
unix_timestamp 0 BIGINT
timestamp_seconds,timestamp_millis,timestamp_micros 1 TIMESTAMPTZ
unix_seconds,unix_millis,unix_micros 1 BIGINT
unix_date 1 BIGINT
date_from_unix_date 1 DATE
add_months 2 DATE
months_between 2 DOUBLE
next_day 2 DATE
from_utc_timestamp,to_utc_timestamp 2 TIMESTAMP | CAST(*call AS TIMESTAMP_NTZ)
now,current_timestamp,get_current_timestamp,transaction_timestamp 0 TIMESTAMPTZ | current_timestamp()
current_date,today,curdate 0 DATE | current_date()
current_localtimestamp,localtimestamp 0 TIMESTAMP | localtimestamp()
window_time 1 TIMESTAMP
session_window 2 ?
to_days 1 INTERVAL | make_dt_interval(_1)
to_hours 1 INTERVAL | make_dt_interval(0, _1)
to_minutes 1 INTERVAL | make_dt_interval(0, 0, _1)
to_seconds 1 INTERVAL | make_dt_interval(0, 0, 0, _1)
to_weeks 1 INTERVAL | make_dt_interval(7 * _1)
to_months 1 INTERVAL | make_ym_interval(0, _1)
to_years 1 INTERVAL | make_ym_interval(_1)
# Generators and windows
explode,explode_outer 1 @1.e
posexplode,posexplode_outer 1 ?
row_number,rank,dense_rank 0 BIGINT
percent_rank,cume_dist 0 DOUBLE
ntile 1 BIGINT
lag,lead 1 @1
lag,lead 2 @1
lag,lead 3 @1
nth_value 2 @1
"""

# Said beside the refusal of a function.
ADVICE = {
    "format": "write format_string('%.2f', x) or concat(...)",
    "bit_count": "Spark counts the bits of a BIGINT",
    "hash": "its numbers are DuckDB's own: write md5(x)",
    "age": "write date_diff('day', a, b) or a - b",
    "even": "write 2 * ceil(x / 2)",
    "typeof": "its texts are the engine's own",
    "list_zip": "the fields of its structs have other names in Spark",
    "json_type": "write from_json(text, 'a INT, ...') and look at the field",
    "regexp_extract_all": "write it with two or three constant arguments",
    "columns": "name the columns",
    "reservoir_quantile": "write quantile_cont(x, 0.5)",
}


def table():
    """{name: {number of arguments or None for any: (type, template or None)}}; lines that end with ! are
    not possible."""
    found = {}
    for line in LINES.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        head, _, template = line.partition(" | ")
        names, counts, kind, *refused = head.split()
        if refused or template.endswith("!"):
            continue
        for name in names.split(","):
            for count in counts.split(","):
                found.setdefault(name, {})[None if count == "*" else int(count)] = (
                    kind, template.strip() or None)
    return found


TABLE = table()
