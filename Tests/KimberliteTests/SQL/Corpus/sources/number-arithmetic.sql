# Numbers: operators, overflow, division, comparison and casts of every pair of types.

create table i (id int primary key, s smallint, i int, b bigint, n numeric, p numeric(10,2), r real, d double precision);
insert into i values (1, 1, 1, 1, 1, 1, 1, 1), (2, -7, -7, -7, -7.5, -7.5, -7.5, -7.5), (3, 32767, 2147483647, 9223372036854775807, 99999999999999999999.99, 99999999.99, 3.25e38, 1.5e308),
 (4, -32768, -2147483648, -9223372036854775808, -0.000001, -0.01, 1e-30, 4.9e-324), (5, 0, 0, 0, 0, 0, 0, 0), (6, null, null, null, null, null, null, null), (7, 3, 10, 100, 2.50, 2.5, 0.1, 0.1);

%for op = + | - | * | / | %
%for l ; r = 7 ; 2 | -7 ; 2 | 7 ; -2 | 7.5 ; 2 | 7 ; 2.0 | -7.5 ; 2.25 | 7::bigint ; 2::smallint | 7::smallint ; 2::smallint | 7::real ; 2 | 7::float8 ; 2.5 | 7 ; 0 | 7.5 ; 0 | 7::float8 ; 0 | 0 ; 7 | null::int ; 2 | 1 ; null | 32767::smallint ; 1::smallint | 32767::smallint ; 2 | 2147483647 ; 1 | 2147483647 ; 2::bigint | 9223372036854775807 ; 1 | (-9223372036854775808) ; (-1) | (-2147483648) ; (-1) | (-32768)::smallint ; (-1)::smallint | 9223372036854775807 ; 1.0 | 1e300::float8 ; 1e300::float8 | 1e-300::float8 ; 1e300::float8 | 0.1 ; 0.2 | 0.1::float8 ; 0.2::float8 | 0.1::real ; 0.2::real | 1.10 ; 1.000 | 1 ; 3.0 | 10 ; 3.000 | 12345678901234567890 ; 98765432109876543210 | 0.00000000000000000001 ; 3 | 1e20 ; 1e-20 | 'NaN'::numeric ; 1 | 'NaN'::float8 ; 1 | 'Infinity'::float8 ; 'Infinity'::float8 | 'Infinity'::numeric ; 2 | 1 ; 'Infinity'::numeric | '5' ; 2 | 5 ; '2.5' | 4.0 ; '3' | 1.5::real ; 1.5 | 5 ; '2'
select {l} {op} {r}, pg_typeof({l} {op} {r});

%for op = + | - | * | / | %
%for l ; r = s ; s | s ; i | i ; i | i ; b | b ; b | b ; n | i ; n | n ; n | n ; p | p ; p | p ; i | r ; r | r ; i | d ; d | d ; i | n ; d | r ; d | s ; p
select id, {l} {op} {r} from i where id in (2, 6, 7) order by id;

%for k = 3 | 4
%for op = + | - | *
%for l ; r = s ; 1::smallint | i ; 1 | b ; 1 | s ; s | i ; i | b ; b | i ; b | n ; n | p ; p | d ; d | r ; r | s ; i
select id, {l} {op} {r} from i where id = {k};

%for op = = | <> | < | >= | is distinct from
%for l ; r = 1 ; 1.0 | 1 ; 1::float8 | 0.1 ; 0.1::float8 | 0.1::real ; 0.1::float8 | 0.1::real ; 0.1 | 1.10 ; 1.1 | 9007199254740993 ; 9007199254740992::float8 | 9223372036854775807 ; 9223372036854775807::float8 | 9223372036854775807 ; 9223372036854775807.0 | 'NaN'::float8 ; 'NaN'::float8 | 'NaN'::float8 ; 'Infinity'::float8 | 'NaN'::numeric ; 1e100 | null::int ; null::int | 1 ; null | -0.0::float8 ; 0 | 2::smallint ; 2::bigint | 1 ; '1' | 1.5 ; '1.50' | 16777217 ; 16777216::real | '-Infinity'::float8 ; -1e308::float8 | -1 ; 1 | 1e400 ; 1e399 | 100 ; 99.999999999999999999999999 | 0.3 ; (0.1::float8 + 0.2::float8)
select {l} {op} {r};

%for c = s | i | b | n | p | r | d
%for o = {c} | {c} desc | -{c} | abs({c} / 2) | {c} nulls first | {c} % 10 | round({c} / 3) | {c} * 0
select id from i where id not in (3, 4) or '{c}' not in ('s', 'i', 'b') order by {o}, id;

%for c = s | i | b | n | p | r | d
%for e = min({c}) | max({c}) | sum({c}) | avg({c}) | count(distinct {c})
select {e} from i where id in (1, 2, 5, 6, 7);

%def types = smallint | int | bigint | real | double precision | numeric | numeric(5,2) | text | boolean | varchar(4) | numeric(3) | char(2)

%for t = $types
%for v = 0 | 1 | -1 | 2.5 | -2.5 | 3.5 | 0.5 | 1.4999 | 32767 | 32768 | -32768.4 | 2147483648 | 9223372036854775807 | 9223372036854775808 | 123.456 | 999.995 | 1000 | 1e10 | 1.5::float8 | 2.5::float8 | 1e20::float8 | 0.1::real | 'NaN'::float8 | true | null | 12345.6::real | 1e-7::float8 | 1e15::float8 | 1e16::float8 | 100000::real | 123456789::real | 1e-5::real
select ({v})::{t};

%for t = smallint | int | bigint | real | double precision | numeric | numeric(5,2) | numeric(4,-2)
%for v = '0' | '12' | ' 12 ' | '+12' | '-12' | '1.5' | '' | ' ' | 'abc' | '1e3' | '1e400' | '0x1F' | '1_000' | '99999' | '999999999999' | '99999999999999999999' | 'NaN' | 'Infinity' | '-inf' | '1.' | '.5' | '.' | '1 2' | '--1' | '1e' | '１' | 'true' | '-0' | '0.005' | '1e-400' | '000012' | '149.999'
select {v}::{t};

%for e = 1 | 1.0 | 1. | .5 | 1e3 | 1E-3 | 1e+2 | 2147483647 | 2147483648 | -2147483648 | 9223372036854775807 | 9223372036854775808 | 00012 | 1.50 | 0.0 | -0 | -0.0 | 1e0 | 123456789012345678901234567890.123456789 | 1e400 | 1e-400 | +5 | - 5 | -(-5) | - -5 | 1e2147483648
select {e}, pg_typeof({e});

%for e = 2 + 3 * 4 | (2 + 3) * 4 | 2 ^ 3 ^ 2 | -2 ^ 2 | 2 * -3 | 10 - 4 - 3 | 100 / 10 / 5 | 7 / 2 * 2 | 7 * 2 / 2 | 7 % 3 * 2 | - 7 % 3 | 2 ^ -1 | 2.0 ^ 3 | 2 ^ 0.5 | 0 ^ 0 | 0 ^ -1 | (-8) ^ (1.0/3) | (-2) ^ 3 | (-2) ^ 0.5 | 10 ^ 400 | 10.0 ^ 40 | 2::float8 ^ 2000 | 1 + null | 5 & 3 | (5|3) | 5 # 3 | ~5 | 1 << 4 | 256 >> 2 | -1 >> 1 | 1 << 31 | 1 << 32 | 1::bigint << 40 | 91::smallint & 15::smallint | ~(-1) | 5 & null | @ -5 | |/ 25 | ||/ 27 | 5 ! | !! 5 | 1 <> 2 | 1 != 2 | 1 == 1 | 3 between 1 and 5 | 3 not between 5 and 1 | 3 between symmetric 5 and 1 | null between 1 and 2 | 1 between null and 0 | 2 in (1, 2.0, 3) | 2 in (1, null) | 2 not in (1, 3) | 1 is null | 1 is not null | 1 = 1 = true | 1 < 2 = true | not 1 = 2 | 1 + 2 = 3 and 2 * 2 = 4 | 5 / 2.0 | 5.0 / 2 | 1 / 3.0 | 2 / 3.00000 | 1000000 / 3.0 | 0.0001 / 3 | 1e10 / 3 | 100 / 3.0 | 1 / 7.0 | 1.0 / 7 | 12345.678 / 0.9 | 1e-10 / 7 | 10.0 % 3 | -10.5 % 3 | 10 % -3.3 | 5.5 % 0.5 | 1 / 1e-20 | 1.1 * 1.1 | 1.10 + 2.2 | 3 - 3.00 | 0.1 + 0.2 - 0.3 | 1.0 - 1 | 99999999999999999999 * 99999999999999999999 | 1.23456789 * 9.87654321 | 1e30 + 1e-30 | -1.5 * -1.5
select {e};
